import { hookRefusal } from '#features/clients/hook-answer';
import { dialectOf } from '#features/gateway/dialects/dialects';
import { modelErrorOf } from '#features/gateway/model-error-of';
import { type ErrorKind, OperatingError } from '#foundation/errors';
import type { Reply } from '#foundation/http/exchange';

/** The form in which a row's clients expect errors. */
export type ErrorFormat = 'anthropic' | 'openai' | 'gemini' | 'json_rpc' | 'problem' | 'hook';

type FormatRow = {
  readonly status: number;
  /** https://docs.anthropic.com/en/api/errors */
  readonly anthropic: string;
  /** JSON-RPC 2.0 section 5.1 and its server range. */
  readonly jsonRpc: number;
};

/** One row for each kind of error, one column for each form. */
const TABLE: Readonly<Record<ErrorKind, FormatRow>> = {
  invalid_input: { status: 400, anthropic: 'invalid_request_error', jsonRpc: -32600 },
  unauthenticated: { status: 401, anthropic: 'authentication_error', jsonRpc: -32001 },
  forbidden: { status: 403, anthropic: 'permission_error', jsonRpc: -32003 },
  denied: { status: 400, anthropic: 'invalid_request_error', jsonRpc: -32003 },
  not_found: { status: 404, anthropic: 'not_found_error', jsonRpc: -32601 },
  conflict: { status: 409, anthropic: 'invalid_request_error', jsonRpc: -32600 },
  too_large: { status: 413, anthropic: 'request_too_large', jsonRpc: -32600 },
  rate_limited: { status: 429, anthropic: 'rate_limit_error', jsonRpc: -32029 },
  not_supported: { status: 415, anthropic: 'invalid_request_error', jsonRpc: -32600 },
  upstream: { status: 502, anthropic: 'api_error', jsonRpc: -32050 },
  unavailable: { status: 503, anthropic: 'overloaded_error', jsonRpc: -32053 },
  timeout: { status: 504, anthropic: 'timeout_error', jsonRpc: -32054 },
  cancelled: { status: 499, anthropic: 'api_error', jsonRpc: -32000 },
  internal: { status: 500, anthropic: 'api_error', jsonRpc: -32603 },
};

/**
 * What a caller may see of an error: operating errors whole, anything else only by its request id. `hookEventName` is
 * the event that a hook's client asked about, where it is known.
 */
export function renderError(
  error: unknown,
  format: ErrorFormat,
  requestId: string,
  hookEventName = 'PreToolUse',
): Reply {
  const known =
    error instanceof OperatingError
      ? error
      : new OperatingError(
          'internal',
          'internal_error',
          `an unexpected error; the server's log has it as ${requestId}`,
        );
  const row = TABLE[known.kind];
  const message = known.remedy === undefined ? known.message : `${known.message}; ${known.remedy}`;
  const headers: Record<string, string> =
    known.retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(known.retryAfterMs / 1_000)) };
  switch (format) {
    case 'anthropic':
      return {
        status: row.status,
        headers,
        json: { type: 'error', error: { type: row.anthropic, message }, request_id: requestId },
      };
    case 'openai':
      return dialectOf('openai-chat').writeError(modelErrorOf(known), requestId);
    case 'gemini':
      return dialectOf('gemini').writeError(modelErrorOf(known), requestId);
    case 'json_rpc':
      return {
        status: row.status,
        headers,
        json: {
          jsonrpc: '2.0',
          id: null,
          error: { code: row.jsonRpc, message, data: { code: known.code, request_id: requestId } },
        },
      };
    case 'hook':
      // Clients read any other status than 200 as "hook absent" and go on, so an error is a deny.
      return { status: 200, headers, json: hookRefusal(hookEventName, message) };
    case 'problem':
      return {
        status: row.status,
        headers: { ...headers, 'content-type': 'application/problem+json' },
        json: {
          type: 'about:blank',
          title: known.message,
          status: row.status,
          code: known.code,
          ...(known.where === undefined ? {} : { where: known.where }),
          ...(known.remedy === undefined ? {} : { remedy: known.remedy }),
          request_id: requestId,
        },
      };
  }
}
