import { type ErrorKind, OperatingError } from '#foundation/errors';
import { type JsonValue, jsonOrUndefined, parseJsonText, stringMember } from '#foundation/json';
import type { ServerCall, ServerDoor, ServerReply } from './server-door.ts';

/**
 * The JSON that the running server answers; an error's answer (RFC 9457) becomes the error that it describes. `remedy`
 * is the next command where the answer names none.
 */
export async function requestJson(
  door: ServerDoor,
  call: ServerCall,
  remedy = 'systemprompt doctor',
): Promise<JsonValue> {
  const reply = await door.call(call);
  if (reply.status >= 400) throw describedError(reply, call, remedy);
  return reply.text === '' ? null : parseJsonText(reply.text);
}

const KIND_BY_STATUS: Readonly<Record<number, ErrorKind>> = {
  400: 'invalid_input',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'too_large',
  415: 'not_supported',
  429: 'rate_limited',
  499: 'cancelled',
  502: 'upstream',
  503: 'unavailable',
  504: 'timeout',
};

function describedError(reply: ServerReply, call: ServerCall, remedy: string): OperatingError {
  const problem = jsonOrUndefined(reply.text);
  const message = stringMember(problem, 'title') ?? `the server answered ${call.path} with HTTP ${reply.status}`;
  return new OperatingError(
    KIND_BY_STATUS[reply.status] ?? 'internal',
    stringMember(problem, 'code') ?? 'server_error',
    message,
    {
      where: stringMember(problem, 'where') ?? call.path,
      remedy: stringMember(problem, 'remedy') ?? remedy,
    },
  );
}
