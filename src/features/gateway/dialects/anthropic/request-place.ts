import type { Stated } from '#features/gateway/conversation/part';
import { OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';

/** Something at its place in a body, and where to tell what was not understood. */
export type Place = {
  /** `messages[3].content[0]`; empty for the body itself. */
  readonly at: string;
  readonly beyond: string[];
};

export function memberAt(at: string, key: string): string {
  return at === '' ? key : `${at}.${key}`;
}

/** Tells of every member that `known` does not name; null and an empty list say nothing. */
export function noteBeyond(object: JsonObject, known: ReadonlySet<string>, place: Place): void {
  for (const key of Object.keys(object)) {
    const member = object[key];
    if (member === null || member === undefined || known.has(key)) continue;
    if (!Array.isArray(member) || member.length > 0) place.beyond.push(memberAt(place.at, key));
  }
}

export function stated<Value>(value: Value | undefined, at: string): Stated<Value> | null {
  return value === undefined ? null : { value, at };
}

/** The member as an object; undefined when it is missing or null. Throws for anything else. */
export function objectAt(object: JsonObject, key: string, at: string): JsonObject | undefined {
  const member = object[key];
  if (member === undefined || member === null) return undefined;
  if (!isJsonObject(member)) throw invalidRequest(memberAt(at, key), 'an object is required', 'see the Messages API');
  return member;
}

/** The member as a list; undefined when it is missing or null. Throws for anything else. */
export function listAt(object: JsonObject, key: string, at: string): readonly JsonValue[] | undefined {
  const member = object[key];
  if (member === undefined || member === null) return undefined;
  if (!Array.isArray(member)) throw invalidRequest(memberAt(at, key), 'an array is required', 'see the Messages API');
  return member;
}

/** The member as a string. Throws when it is anything else, or missing. */
export function requiredString(object: JsonObject, key: string, at: string): string {
  const member = object[key];
  if (typeof member !== 'string')
    throw invalidRequest(memberAt(at, key), 'a string is required', 'see the Messages API');
  return member;
}

export function invalidRequest(where: string, message: string, remedy: string): OperatingError {
  return new OperatingError('invalid_input', 'message_request', `${where}: ${message}`, { where, remedy });
}
