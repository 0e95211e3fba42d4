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

const MESSAGE_CHARACTERS_MAX = 2_000;

/** Codes and types that say more than the status (https://platform.openai.com/docs/guides/error-codes). */
const KINDS: ReadonlyMap<string, ModelErrorKind> = new Map([
  ['insufficient_quota', 'billing'],
  ['billing_hard_limit_reached', 'billing'],
  ['billing_not_active', 'billing'],
  ['rate_limit_exceeded', 'rate_limit'],
  ['rate_limit_error', 'rate_limit'],
  ['tokens', 'rate_limit'],
  ['requests', 'rate_limit'],
  ['invalid_api_key', 'authentication'],
  ['authentication_error', 'authentication'],
  ['permission_error', 'permission'],
  ['model_not_found', 'not_found'],
  ['not_found_error', 'not_found'],
  ['server_is_overloaded', 'overloaded'],
  ['slow_down', 'overloaded'],
  ['service_unavailable_error', 'overloaded'],
  ['server_error', 'server'],
  ['timeout', 'timeout'],
  ['vector_store_timeout', 'timeout'],
]);

/** In a stream, where there is no status: anything about the prompt is the client's to mend. */
const OF_THE_PROMPT =
  /^(invalid_|image_|unsupported_|empty_image|context_length|failed_to_download_image|bio_policy|misalignment_|data_residency|cyber_policy)/;

/** Never throws: HTML, bare texts and nothing at all are errors too. */
export function readError(status: number, headers: IncomingHttpHeaders, text: string): ModelError {
  const body = jsonOrUndefined(text);
  const told = toldError(body);
  const kind = KINDS.get(told.code ?? '') ?? KINDS.get(told.type ?? '') ?? kindOfStatus(status);
  const message = told.message ?? `the upstream answered ${status}${describedBody(text, body)}`;
  return {
    kind: isOfStatus(kind, status) ? kind : kindOfStatus(status),
    status,
    message: message.slice(0, MESSAGE_CHARACTERS_MAX),
    code: told.code ?? told.type ?? null,
    param: told.param ?? null,
    retryAfterMs: retryAfterMsOf(headers),
  };
}

/** A server's word for its own failure is no reason to take a client's error for one. */
function isOfStatus(kind: ModelErrorKind, status: number): boolean {
  return kind !== 'server' || status >= 500 || status < 400;
}

/** An `error` event, or the `error` of a response that failed. */
export function errorOfEvent(event: JsonObject): ModelError {
  const told = toldError(event);
  const name = told.code ?? told.type ?? '';
  const kind =
    KINDS.get(told.code ?? '') ??
    KINDS.get(told.type ?? '') ??
    (OF_THE_PROMPT.test(name) ? 'invalid_request' : 'server');
  return {
    kind,
    status: statusOfKind(kind),
    message: (told.message ?? 'the upstream sent an error event').slice(0, MESSAGE_CHARACTERS_MAX),
    code: told.code ?? told.type ?? null,
    param: told.param ?? null,
    retryAfterMs: null,
  };
}

type ToldError = { readonly [key in 'type' | 'code' | 'message' | 'param']?: string | undefined };

/** `{error: {message, type, param, code}}`, the same without its envelope, and what others make of it: a bare text. */
function toldError(body: JsonValue | undefined): ToldError {
  const envelope: JsonValue | undefined = Array.isArray(body) ? body[0] : body;
  if (typeof envelope === 'string') return envelope === '' ? {} : { message: envelope };
  if (!isJsonObject(envelope)) return {};
  const { error } = envelope;
  if (typeof error === 'string' && error !== '') return { message: error, code: wordOf(envelope, 'code') };
  const told = isJsonObject(error) ? error : envelope;
  return {
    // The type of an event or of a response is not the one of an error.
    type: told === envelope ? undefined : wordOf(told, 'type'),
    code: wordOf(told, 'code'),
    message: wordOf(told, 'message') ?? wordOf(told, 'detail'),
    param: wordOf(told, 'param'),
  };
}

/** Some servers give the HTTP status as the code, which says nothing new. */
function wordOf(value: JsonObject, key: string): string | undefined {
  const word = stringMember(value, key);
  return word === undefined || /^\d*$/.test(word) ? undefined : word;
}

function describedBody(text: string, body: JsonValue | undefined): string {
  if (text.trim() === '') return ' without a body';
  if (body === undefined) return /^\s*</.test(text) ? ' with a page of HTML' : ' with text that is not JSON';
  return ' with no error that can be read';
}

type Written = { readonly type: string; readonly code: string | null };

const WRITTEN: Readonly<Record<ModelErrorKind, Written>> = {
  invalid_request: { type: 'invalid_request_error', code: null },
  authentication: { type: 'invalid_request_error', code: 'invalid_api_key' },
  billing: { type: 'insufficient_quota', code: 'insufficient_quota' },
  permission: { type: 'permission_error', code: null },
  not_found: { type: 'invalid_request_error', code: null },
  conflict: { type: 'invalid_request_error', code: null },
  too_large: { type: 'invalid_request_error', code: 'request_too_large' },
  rate_limit: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  server: { type: 'server_error', code: 'server_error' },
  timeout: { type: 'server_error', code: 'timeout' },
  overloaded: { type: 'server_error', code: 'server_is_overloaded' },
};

export function writeError(error: ModelError, requestId: string): Reply {
  const headers = {
    'x-request-id': requestId,
    ...retryAfterHeader(error.retryAfterMs),
    // A client would wait and try again, which a spent budget does not mend.
    ...(error.kind === 'billing' ? { 'x-should-retry': 'false' } : {}),
  };
  return { status: answeredStatus(error, 503), headers, json: { error: errorBody(error) } };
}

/** The same in an answer and in an `error` event. The code is the upstream's own where it names no other state. */
export function errorBody({ kind, message, param, code }: ModelError): JsonObject {
  const { type, code: word } = WRITTEN[kind];
  return { message, type, param, code: word ?? code };
}
