import type { IncomingHttpHeaders } from 'node:http';
import {
  answeredStatus,
  kindOfStatus,
  type ModelError,
  type ModelErrorKind,
  statusOfKind,
} from '#features/gateway/conversation/model-error';
import { retryAfterHeader, retryAfterMsOf } from '#features/gateway/conversation/retry-after';
import type { Reply } from '#foundation/http/exchange';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  jsonOrUndefined,
  numberMember,
  stringMember,
} from '#foundation/json';

const MESSAGE_CHARACTERS_MAX = 2_000;

/** Of an HTML page that a proxy sent, which is searched for words. */
const PAGE_CHARACTERS_MAX = 16_384;

/** Google's words for states (https://cloud.google.com/apis/design/errors) that say more than their HTTP status. */
const KIND_OF_STATE: Readonly<Record<string, ModelErrorKind>> = {
  INVALID_ARGUMENT: 'invalid_request',
  FAILED_PRECONDITION: 'invalid_request',
  OUT_OF_RANGE: 'invalid_request',
  UNAUTHENTICATED: 'authentication',
  PERMISSION_DENIED: 'permission',
  NOT_FOUND: 'not_found',
  ABORTED: 'conflict',
  ALREADY_EXISTS: 'conflict',
  RESOURCE_EXHAUSTED: 'rate_limit',
  CANCELLED: 'server',
  INTERNAL: 'server',
  UNKNOWN: 'server',
  DATA_LOSS: 'server',
  UNIMPLEMENTED: 'invalid_request',
  UNAVAILABLE: 'overloaded',
  DEADLINE_EXCEEDED: 'timeout',
};

/** Never throws: `{error}`, `[{error}]`, HTML and nothing at all are errors. */
export function readError(status: number, headers: IncomingHttpHeaders, text: string): ModelError {
  const error = errorObject(jsonOrUndefined(text));
  const told = modelErrorOf(error ?? {}, status);
  const message = told.message === '' ? plainMessage(status, text) : told.message;
  return { ...told, message, retryAfterMs: told.retryAfterMs ?? retryAfterMsOf(headers) };
}

/** The `error` of a body or of a chunk of a stream, bare or in an array; undefined when there is none. */
export function errorObject(body: JsonValue | undefined): JsonObject | undefined {
  const whole: JsonValue | undefined = Array.isArray(body) ? body[0] : body;
  const error = isJsonObject(whole) ? whole.error : undefined;
  if (typeof error === 'string') return { message: error };
  return isJsonObject(error) ? error : undefined;
}

/** `status` is the one of HTTP, where there was any. */
export function modelErrorOf(error: JsonObject, status?: number): ModelError {
  const state = stringMember(error, 'status');
  const code = status ?? numberMember(error, 'code') ?? 0;
  const message = (stringMember(error, 'message') ?? '').slice(0, MESSAGE_CHARACTERS_MAX);
  const kind = kindOf(error, state, code, message);
  return {
    kind,
    status: code >= 400 && code < 600 ? code : statusOfKind(kind),
    message,
    code: state ?? null,
    param: fieldOf(error),
    retryAfterMs: retryDelayMs(error),
  };
}

function kindOf(error: JsonObject, state: string | undefined, code: number, message: string): ModelErrorKind {
  if (detail(error, 'ErrorInfo', 'reason') === 'API_KEY_INVALID') return 'authentication';
  if (code === 413) return 'too_large';
  if (isBilling(state, message)) return 'billing';
  return KIND_OF_STATE[state ?? ''] ?? kindOfStatus(code);
}

/** "Check your plan and billing details" stands in every message on a quota, which time mends; a bill it does not. */
function isBilling(state: string | undefined, message: string): boolean {
  if (state === 'FAILED_PRECONDITION') return /\bbilling\b/i.test(message);
  return /prepay|credits? (are|is|have been|has been) (depleted|exhausted)|billing (is |has been )?(disabled|not enabled)/i.test(
    message,
  );
}

function details(error: JsonObject): readonly JsonObject[] {
  return Array.isArray(error.details) ? error.details.filter(isJsonObject) : [];
}

function detail(error: JsonObject, type: string, key: string): string | undefined {
  const found = details(error).find((entry) => stringMember(entry, '@type')?.endsWith(`.${type}`));
  return stringMember(found, key);
}

function fieldOf(error: JsonObject): string | null {
  const request = details(error).find((entry) => Array.isArray(entry.fieldViolations));
  const violations = request?.fieldViolations;
  return Array.isArray(violations) ? (stringMember(violations[0], 'field') ?? null) : null;
}

/** A `google.protobuf.Duration`: `34s`, `34.074824224s`. */
function retryDelayMs(error: JsonObject): number | null {
  const seconds = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(detail(error, 'RetryInfo', 'retryDelay') ?? '')?.[1];
  return seconds === undefined ? null : Math.ceil(Number(seconds) * 1_000);
}

function plainMessage(status: number, text: string): string {
  const words = text
    .slice(0, PAGE_CHARACTERS_MAX)
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return words === '' ? `the upstream answered ${status} without a message` : words.slice(0, MESSAGE_CHARACTERS_MAX);
}

type Written = { readonly code: number; readonly state: string };

/** Statuses that Google's clients know; they retry 429 and 503, and nothing that a bill or a policy refused. */
const WRITTEN: Readonly<Record<ModelErrorKind, Written>> = {
  invalid_request: { code: 400, state: 'INVALID_ARGUMENT' },
  authentication: { code: 401, state: 'UNAUTHENTICATED' },
  billing: { code: 402, state: 'FAILED_PRECONDITION' },
  permission: { code: 403, state: 'PERMISSION_DENIED' },
  not_found: { code: 404, state: 'NOT_FOUND' },
  conflict: { code: 409, state: 'ABORTED' },
  too_large: { code: 413, state: 'INVALID_ARGUMENT' },
  rate_limit: { code: 429, state: 'RESOURCE_EXHAUSTED' },
  server: { code: 500, state: 'INTERNAL' },
  timeout: { code: 504, state: 'DEADLINE_EXCEEDED' },
  overloaded: { code: 503, state: 'UNAVAILABLE' },
};

export function writeError(error: ModelError, requestId: string): Reply {
  const json = { error: errorBody(error, requestId) };
  return { status: answeredStatus(error, 503), headers: retryAfterHeader(error.retryAfterMs), json };
}

/** The `error` of a body, or of the last chunk of a broken stream. */
export function errorBody(error: ModelError, requestId: string): JsonObject {
  const { state } = WRITTEN[error.kind];
  const code = answeredStatus(error, 503);
  const infos: JsonObject[] = [{ '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId }];
  if (error.retryAfterMs !== null) {
    const retryDelay = `${Math.ceil(error.retryAfterMs / 1_000)}s`;
    infos.unshift({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });
  }
  if (error.param !== null) {
    const fieldViolations = [{ field: error.param, description: error.message }];
    infos.unshift({ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations });
  }
  return { code, message: error.message, status: state, details: infos };
}
