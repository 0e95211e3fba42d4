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

/** https://platform.claude.com/docs/en/api/errors */
const TYPES: Readonly<Record<ModelErrorKind, string>> = {
  invalid_request: 'invalid_request_error',
  authentication: 'authentication_error',
  billing: 'billing_error',
  permission: 'permission_error',
  not_found: 'not_found_error',
  conflict: 'conflict_error',
  too_large: 'request_too_large',
  rate_limit: 'rate_limit_error',
  server: 'api_error',
  timeout: 'timeout_error',
  overloaded: 'overloaded_error',
};

const KINDS: ReadonlyMap<string, ModelErrorKind> = new Map([
  ['invalid_request_error', 'invalid_request'],
  ['authentication_error', 'authentication'],
  ['billing_error', 'billing'],
  ['permission_error', 'permission'],
  ['not_found_error', 'not_found'],
  ['conflict_error', 'conflict'],
  ['request_too_large', 'too_large'],
  ['rate_limit_error', 'rate_limit'],
  ['api_error', 'server'],
  ['timeout_error', 'timeout'],
  ['overloaded_error', 'overloaded'],
]);

const MESSAGE_CHARACTERS_MAX = 2_000;

export function writeError(error: ModelError, requestId: string): Reply {
  const headers = {
    ...retryAfterHeader(error.retryAfterMs),
    // A client would wait and try again, which a spent budget does not mend.
    ...(error.kind === 'billing' ? { 'x-should-retry': 'false' } : {}),
  };
  return { status: answeredStatus(error, 529), headers, json: errorEnvelope(error, requestId) };
}

/** The same in an answer and in an `error` event. */
export function errorEnvelope({ kind, message, code }: ModelError, requestId: string): JsonObject {
  const type = TYPES[kind];
  const details = code === null || code === type ? {} : { details: { error_code: code } };
  return { type: 'error', error: { type, message, ...details }, request_id: requestId };
}

export function readError(status: number, headers: IncomingHttpHeaders, text: string): ModelError {
  const body = parsed(text);
  const envelope = isJsonObject(body) ? body : undefined;
  const told = envelope === undefined ? undefined : toldError(envelope);
  const kind = KINDS.get(told?.type ?? '') ?? kindOfStatus(status);
  const message = told?.message ?? `the upstream answered ${status}${describedBody(text, body)}`;
  return {
    kind,
    status,
    message: message.slice(0, MESSAGE_CHARACTERS_MAX),
    code: told?.code ?? told?.type ?? null,
    param: kind === 'invalid_request' ? paramOf(message) : null,
    retryAfterMs: retryAfterMsOf(headers),
  };
}

/** An `error` event in a stream that began well; it has no status, so it gets the one of its kind. */
export function errorOfEvent(event: JsonObject): ModelError {
  const told = toldError(event);
  const kind = KINDS.get(told?.type ?? '') ?? 'server';
  const message = told?.message ?? 'the upstream sent an error event';
  return {
    kind,
    status: statusOfKind(kind),
    message: message.slice(0, MESSAGE_CHARACTERS_MAX),
    code: told?.code ?? told?.type ?? null,
    param: kind === 'invalid_request' ? paramOf(message) : null,
    retryAfterMs: null,
  };
}

type ToldError = { readonly type?: string; readonly message?: string; readonly code?: string };

/** `{error: {type, message, details: {error_code}}}`, and what upstreams that mimic it send: a bare text, no envelope. */
function toldError(envelope: JsonObject): ToldError {
  const { error } = envelope;
  if (typeof error === 'string') return error === '' ? {} : { message: error };
  const told = isJsonObject(error) ? error : envelope;
  const type = told === envelope ? undefined : stringMember(told, 'type');
  const message = stringMember(told, 'message') ?? stringMember(told, 'detail');
  const code = stringMember(told.details, 'error_code') ?? stringMember(told, 'code');
  return {
    ...(type === undefined || type === '' ? {} : { type }),
    ...(message === undefined || message === '' ? {} : { message }),
    ...(code === undefined || code === '' ? {} : { code }),
  };
}

/** Messages about a field begin with its path: `messages.0.content: Field required`. */
function paramOf(message: string): string | null {
  return /^([a-z_]+(?:\.[a-z_0-9]+)*): /.exec(message)?.[1] ?? null;
}

function describedBody(text: string, body: JsonValue | undefined): string {
  if (text.trim() === '') return ' without a body';
  if (body === undefined) return /^\s*</.test(text) ? ' with a page of HTML' : ' with text that is not JSON';
  return ' with no error that can be read';
}

function parsed(text: string): JsonValue | undefined {
  const value = jsonOrUndefined(text);
  return Array.isArray(value) ? (value[0] ?? null) : value;
}
