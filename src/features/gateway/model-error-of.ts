import { type ErrorKind, OperatingError } from '#foundation/errors';
import type { Decision } from '#governance/policy/decision';
import type { ModelError, ModelErrorKind } from './conversation/model-error.ts';

type Row = { readonly kind: ModelErrorKind; readonly status: number };

const ROWS: Readonly<Record<ErrorKind, Row>> = {
  invalid_input: { kind: 'invalid_request', status: 400 },
  unauthenticated: { kind: 'authentication', status: 401 },
  forbidden: { kind: 'permission', status: 403 },
  // Clients take 403 for an expired login, so a denial is an invalid request.
  denied: { kind: 'invalid_request', status: 400 },
  not_found: { kind: 'not_found', status: 404 },
  conflict: { kind: 'conflict', status: 409 },
  too_large: { kind: 'too_large', status: 413 },
  rate_limited: { kind: 'rate_limit', status: 429 },
  not_supported: { kind: 'invalid_request', status: 415 },
  upstream: { kind: 'server', status: 502 },
  unavailable: { kind: 'overloaded', status: 503 },
  timeout: { kind: 'timeout', status: 504 },
  cancelled: { kind: 'server', status: 499 },
  internal: { kind: 'server', status: 500 },
};

/** What a caller may see of an error: operating errors whole, anything else only that it happened. */
export function modelErrorOf(error: unknown): ModelError {
  if (!(error instanceof OperatingError)) {
    const message = 'an unexpected error; the log of the server has it under the request id';
    return { ...ROWS.internal, message, code: 'internal_error', param: null, retryAfterMs: null };
  }
  return {
    ...ROWS[error.kind],
    message: error.remedy === undefined ? error.message : `${error.message}; ${error.remedy}`,
    code: error.code,
    param: error.where ?? null,
    retryAfterMs: error.retryAfterMs ?? null,
  };
}

/**
 * A denial as an error of a model. A policy answers 400; a limit answers 429 with the exact wait, and a spent budget
 * 429 `billing`, which clients do not retry.
 */
export function modelErrorOfDenial({ outcome, policy, reason, retryAfterMs }: Decision): ModelError {
  const common = { code: policy, param: null, retryAfterMs };
  if (policy === 'budget') return { ...common, kind: 'billing', status: 429, message: reason };
  if (policy === 'rate_limit' || (outcome === 'deny' && retryAfterMs !== null)) {
    return { ...common, kind: 'rate_limit', status: 429, message: reason };
  }
  const why =
    outcome === 'ask' ? `this needs a person's approval, which a model request cannot ask for: ${reason}` : reason;
  return { ...common, kind: 'invalid_request', status: 400, message: `blocked by policy ${policy}: ${why}` };
}

/** Whether a client that repeats the same request could get another answer. */
export function isWorthRepeating(error: ModelError): boolean {
  return error.kind === 'rate_limit';
}
