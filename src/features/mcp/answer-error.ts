import { type ErrorKind, OperatingError } from '#foundation/errors';
import { type Answer, ERROR_CODES, errorAnswer } from './json-rpc.ts';

const CODES: Readonly<Record<ErrorKind, number>> = {
  invalid_input: ERROR_CODES.invalidParams,
  unauthenticated: ERROR_CODES.denied,
  forbidden: ERROR_CODES.denied,
  denied: ERROR_CODES.denied,
  not_found: ERROR_CODES.methodNotFound,
  conflict: ERROR_CODES.invalidRequest,
  too_large: ERROR_CODES.invalidRequest,
  rate_limited: ERROR_CODES.rateLimited,
  not_supported: ERROR_CODES.methodNotFound,
  upstream: ERROR_CODES.upstream,
  unavailable: ERROR_CODES.unavailable,
  timeout: ERROR_CODES.timeout,
  cancelled: ERROR_CODES.cancelled,
  internal: ERROR_CODES.internalError,
};

/** An operating error as the answer to one JSON-RPC request; of anything else only the request id is told. */
export function answerError(error: unknown, requestId: string): Answer {
  if (!(error instanceof OperatingError)) {
    const text = `an unexpected error; the server's log has it as ${requestId}`;
    return errorAnswer(ERROR_CODES.internalError, text, { code: 'internal_error', request_id: requestId });
  }
  const text = error.remedy === undefined ? error.message : `${error.message}; ${error.remedy}`;
  return errorAnswer(CODES[error.kind], text, {
    code: error.code,
    request_id: requestId,
    ...(error.retryAfterMs === undefined ? {} : { retry_after_ms: Math.ceil(error.retryAfterMs) }),
  });
}
