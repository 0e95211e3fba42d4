import type { Stated } from '#features/gateway/conversation/part';
import { OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject, type JsonValue, numberMember } from '#foundation/json';

/** Something at its place in a body, and where to tell what was not understood. */
export type Place = {
  /** `messages[3].content[0]`; empty for the body itself. */
  readonly at: string;
  readonly beyond: string[];
};

export function memberAt(at: string, key: string): string {
  return at === '' ? key : `${at}.${key}`;
}

/** Tells of every member that `known` does not name; null, false and empty lists and objects say nothing. */
export function noteBeyond(object: JsonObject, known: ReadonlySet<string>, place: Place): void {
  for (const key of Object.keys(object)) {
    if (!known.has(key) && saysSomething(object[key])) place.beyond.push(memberAt(place.at, key));
  }
}

function saysSomething(member: JsonValue | undefined): boolean {
  if (member === null || member === undefined || member === false) return false;
  if (Array.isArray(member)) return member.length > 0;
  return !isJsonObject(member) || Object.keys(member).length > 0;
}

/** The member as an object; undefined when it is missing or null. Throws for anything else. */
export function objectAt(object: JsonObject, key: string, at: string): JsonObject | undefined {
  const member = object[key];
  if (member === undefined || member === null) return undefined;
  if (!isJsonObject(member)) throw invalidRequest(memberAt(at, key), 'an object is required');
  return member;
}

/** The member as a list of objects; empty when it is missing or null. Throws for anything else. */
export function objectsAt(object: JsonObject, key: string, at: string): readonly JsonObject[] {
  const member = object[key];
  if (member === undefined || member === null) return [];
  if (!Array.isArray(member)) throw invalidRequest(memberAt(at, key), 'an array is required');
  return member.map((item: JsonValue, index) => {
    if (isJsonObject(item)) return item;
    throw invalidRequest(`${memberAt(at, key)}[${index}]`, 'an object is required');
  });
}

/** The member as a string that is not empty. Throws when it is anything else, or missing. */
export function requiredName(object: JsonObject | undefined, key: string, at: string): string {
  const member = object?.[key];
  if (typeof member === 'string' && member !== '') return member;
  throw invalidRequest(memberAt(at, key), 'a non-empty string is required');
}

/** The member as a string. Throws when it is anything else, or missing. */
export function requiredText(object: JsonObject, key: string, at: string): string {
  const member = object[key];
  if (typeof member === 'string') return member;
  throw invalidRequest(memberAt(at, key), 'a string is required');
}

/** A number of the body itself; null when it is missing or null. Throws for anything else. */
export function statedNumber(body: JsonObject, key: string): Stated<number> | null {
  const member = body[key];
  if (member === undefined || member === null) return null;
  const value = numberMember(body, key);
  if (value === undefined) throw invalidRequest(key, 'a number is required');
  return { value, at: key };
}

/** A string of the body itself; null when it is missing, null or empty. Throws for anything else. */
export function statedString(body: JsonObject, key: string): Stated<string> | null {
  const value = body[key];
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string') throw invalidRequest(key, 'a string is required');
  return { value, at: key };
}

/** What is not of the dialect at all. */
export function invalidRequest(
  where: string,
  message: string,
  remedy = 'see the reference of chat completions',
): OperatingError {
  return new OperatingError('invalid_input', 'message_request', `${where}: ${message}`, { where, remedy });
}

/** What can be neither expressed in the target's dialect nor left out. */
export function notConvertible(where: string, message: string, remedy: string): OperatingError {
  return new OperatingError('invalid_input', 'not_convertible', `${where}: ${message}`, { where, remedy });
}
