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
import { isJsonObject, type JsonObject, type JsonValue, jsonOrUndefined, stringMember } from '#foundation/json';

/** https://platform.openai.com/docs/guides/error-codes */
const TYPES: Readonly<Record<ModelErrorKind, string>> = {
  invalid_request: 'invalid_request_error',
  authentication: 'authentication_error',
  billing: 'insufficient_quota',
  permission: 'permission_error',
  not_found: 'not_found_error',
  conflict: 'conflict_error',
  too_large: 'invalid_request_error',
  rate_limit: 'rate_limit_error',
  server: 'server_error',
  timeout: 'timeout_error',
  overloaded: 'server_error',
};

/** The words of OpenAI and of those who speak its dialect, as code or as type; a status says less. */
const KINDS: ReadonlyMap<string, ModelErrorKind> = new Map([
  ['insufficient_quota', 'billing'],
  ['billing_hard_limit_reached', 'billing'],
  ['billing_not_active', 'billing'],
  ['insufficient_balance', 'billing'],
  ['exceeded_current_quota_error', 'billing'],
  ['context_length_exceeded', 'invalid_request'],
  ['invalid_api_key', 'authentication'],
  ['authentication_error', 'authentication'],
  ['invalid_authentication_error', 'authentication'],
  ['permission_error', 'permission'],
  ['model_not_found', 'not_found'],
  ['not_found_error', 'not_found'],
  ['rate_limit_exceeded', 'rate_limit'],
  ['rate_limit_error', 'rate_limit'],
  ['rate_limit_reached_error', 'rate_limit'],
  ['tokens', 'rate_limit'],
  ['requests', 'rate_limit'],
  ['timeout_error', 'timeout'],
  ['overloaded_error', 'overloaded'],
  ['engine_overloaded_error', 'overloaded'],
  ['invalid_request_error', 'invalid_request'],
  ['server_error', 'server'],
]);

const MESSAGE_CHARACTERS_MAX = 2_000;

export function writeError(error: ModelError, requestId: string): Reply {
  const headers = {
    'x-request-id': requestId,
    ...retryAfterHeader(error.retryAfterMs),
    // A client would wait and try again, which a spent budget does not mend.
    ...(error.kind === 'billing' ? { 'x-should-retry': 'false' } : {}),
  };
  return { status: answeredStatus(error, 503), headers, json: errorBody(error) };
}

/** The same in an answer and in the last chunk of a broken stream. */
export function errorBody({ kind, message, param, code }: ModelError): JsonObject {
  return { error: { message, type: TYPES[kind], param, code } };
}

export function readError(status: number, headers: IncomingHttpHeaders, text: string): ModelError {
  const body = jsonOrUndefined(text);
  const told = toldError(body);
  const retryAfterMs = retryAfterMsOf(headers);
  if (told !== undefined) return { ...errorOf(told, status), retryAfterMs };
  const message = `the upstream answered ${status}${describedBody(text, body)}`;
  return { kind: kindOfStatus(status), status, message, code: null, param: null, retryAfterMs };
}

/** Of an error in the midst of a stream, which has no status but the one that it may name. */
export function errorOf(told: JsonObject, answered?: number): ModelError {
  const type = stringMember(told, 'type') ?? '';
  const code = textOf(told.code) ?? '';
  const status = answered ?? (/^[45]\d\d$/.test(code) ? Number(code) : undefined);
  const kind = kindOf(code, type, status);
  return {
    kind,
    status: status ?? statusOfKind(kind),
    message: (stringMember(told, 'message') ?? 'the upstream sent an error').slice(0, MESSAGE_CHARACTERS_MAX),
    code: code === '' ? (type === '' ? null : type) : code,
    param: stringMember(told, 'param') ?? null,
    retryAfterMs: null,
  };
}

/** A word for the kind, unless it contradicts a status of the other half; `server_error` says no more than a status. */
function kindOf(code: string, type: string, status: number | undefined): ModelErrorKind {
  const named = KINDS.get(code) ?? KINDS.get(type);
  if (status === undefined) return named ?? 'server';
  const plain = kindOfStatus(status);
  if (named === undefined || named === 'server' || named === 'invalid_request') return plain;
  return status >= 500 && named !== 'overloaded' && named !== 'timeout' ? plain : named;
}

/** `{error: {...}}`, `{error: "text"}`, `{message}`, `{detail}`, and any of them as the only item of an array. */
export function toldError(body: JsonValue | undefined): JsonObject | undefined {
  const envelope = Array.isArray(body) ? body[0] : body;
  if (!isJsonObject(envelope)) return undefined;
  if (isJsonObject(envelope.error)) return envelope.error;
  const message = textOf(envelope.error) ?? textOf(envelope.message) ?? detailOf(envelope.detail);
  return message === undefined ? undefined : { ...envelope, message };
}

/** A text, or the list in which servers that validate by a schema name the fields. */
function detailOf(detail: JsonValue | undefined): string | undefined {
  if (!Array.isArray(detail)) return textOf(detail);
  const messages = detail.flatMap((item: JsonValue) => stringMember(item, 'msg') ?? []);
  return messages.length === 0 ? undefined : messages.join('; ');
}

function textOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function describedBody(text: string, body: JsonValue | undefined): string {
  if (text.trim() === '') return ' without a body';
  if (body === undefined) return /^\s*</.test(text) ? ' with a page of HTML' : ' with text that is not JSON';
  return ' with no error that can be read';
}
