import { OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject, type JsonValue, numberMember } from '#foundation/json';

/**
 * An object of a request. The REST API takes every member in camelCase and in snake_case (protobuf's JSON mapping), so
 * members are read by their camelCase names, and told by the names that the client used.
 */
export type Message = {
  /** By camelCase names; the very object that was sent when it has no other. */
  readonly members: JsonObject;
  readonly sent: JsonObject;
  /** `contents[3].parts[0]`; empty for the body itself. */
  readonly at: string;
};

export function messageOf(sent: JsonObject, at: string): Message {
  return { members: camelMembers(sent), sent, at };
}

function camelMembers(sent: JsonObject): JsonObject {
  if (!Object.keys(sent).some((key) => key.includes('_'))) return sent;
  const members: Record<string, JsonValue | undefined> = {};
  for (const key of Object.keys(sent)) {
    const name = camelName(key);
    if (name === key || !Object.hasOwn(sent, name)) members[name] = sent[key];
  }
  return members;
}

function camelName(key: string): string {
  return key.includes('_') ? key.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase()) : key;
}

/** The member's name as the client wrote it. */
export function sentName(sent: JsonObject, name: string): string {
  if (Object.hasOwn(sent, name)) return name;
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.hasOwn(sent, snake) ? snake : name;
}

export function memberAt(at: string, key: string): string {
  return at === '' ? key : `${at}.${key}`;
}

/** The place of a member, by the name that the client used. */
export function placeOf(message: Message, name: string): string {
  return memberAt(message.at, sentName(message.sent, name));
}

/** Tells of every member that `known` does not name; null and undefined say nothing. */
export function noteBeyond(message: Message, known: ReadonlySet<string>, beyond: string[]): void {
  for (const key of Object.keys(message.sent)) {
    const member = message.sent[key];
    if (member !== null && member !== undefined && !known.has(camelName(key))) beyond.push(memberAt(message.at, key));
  }
}

/** The member as a message; undefined when it is missing or null. Throws for anything else. */
export function messageMember(message: Message, name: string): Message | undefined {
  const member = message.members[name];
  if (member === undefined || member === null) return undefined;
  const at = placeOf(message, name);
  if (!isJsonObject(member)) throw invalidRequest(at, 'an object is required', SEE);
  return messageOf(member, at);
}

/** The member's items as messages; empty when it is missing or null. Throws for anything else. */
export function messageList(message: Message, name: string): readonly Message[] {
  const member = message.members[name];
  if (member === undefined || member === null) return [];
  const at = placeOf(message, name);
  if (!Array.isArray(member)) throw invalidRequest(at, 'an array is required', SEE);
  return member.map((item: JsonValue, index) => {
    if (!isJsonObject(item)) throw invalidRequest(`${at}[${index}]`, 'an object is required', SEE);
    return messageOf(item, `${at}[${index}]`);
  });
}

/** The member as strings; undefined when it is missing or null. Throws for anything else. */
export function stringList(message: Message, name: string): readonly string[] | undefined {
  const member = message.members[name];
  if (member === undefined || member === null) return undefined;
  const isList = Array.isArray(member) && member.every((item: JsonValue) => typeof item === 'string');
  if (!isList) throw invalidRequest(placeOf(message, name), 'an array of strings is required', SEE);
  return member;
}

/** The member as a number; undefined when it is missing or null. Throws for anything else. */
export function optionalNumber(message: Message, name: string): number | undefined {
  const member = message.members[name];
  if (member === undefined || member === null) return undefined;
  const number = numberMember(message.members, name);
  if (number === undefined) throw invalidRequest(placeOf(message, name), 'a number is required', SEE);
  return number;
}

export function requiredString(message: Message, name: string): string {
  const member = message.members[name];
  if (typeof member !== 'string' || member === '') {
    throw invalidRequest(placeOf(message, name), 'a non-empty string is required', SEE);
  }
  return member;
}

const SEE = 'see the reference of generateContent';

/** What is not of the dialect at all. */
export function invalidRequest(where: string, message: string, remedy: string): OperatingError {
  return new OperatingError('invalid_input', 'message_request', `${where}: ${message}`, { where, remedy });
}

/** What can be neither expressed in the target's dialect nor left out. */
export function notConvertible(where: string, message: string, remedy: string): OperatingError {
  return new OperatingError('invalid_input', 'not_convertible', `${where}: ${message}`, { where, remedy });
}
