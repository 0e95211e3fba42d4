import { isJsonObject, type JsonObject, type JsonValue, parseJsonPrecisely } from '#foundation/json';

/** Where arguments that are no JSON object are kept, as the text that they are. */
const UNPARSED = 'unparsed_arguments';

/** The text of a call's `args`, digit by digit where it was parsed precisely. */
export function argumentsOfArgs(args: JsonValue | undefined): string {
  if (!isJsonObject(args)) return args === undefined || args === null ? '{}' : JSON.stringify(args);
  const unparsed = args[UNPARSED];
  return typeof unparsed === 'string' && Object.keys(args).length === 1 ? unparsed : JSON.stringify(args);
}

/**
 * The `args` of a call, which has to be an object: `{}` for no text, and for what a model wrote that is no object the
 * text itself, `{"unparsed_arguments": ...}`, so that nothing is lost and nothing crashes.
 */
export function argsOfArguments(text: string): JsonObject {
  return text.trim() === '' ? {} : (parsedObject(text) ?? { [UNPARSED]: text });
}

/** `argsOfArguments` as the text of one line, for streams: what is an object already is not printed anew. */
export function argsText(text: string): string {
  if (text.trim() === '') return '{}';
  // A line break in valid JSON stands between tokens only.
  return parsedObject(text) === undefined ? JSON.stringify({ [UNPARSED]: text }) : text.replace(/[\r\n]+/g, ' ');
}

export function isUnparsed(args: JsonObject): boolean {
  return typeof args[UNPARSED] === 'string';
}

/** Undefined for a text that is no JSON object. */
export function parsedObject(text: string): JsonObject | undefined {
  try {
    const value = parseJsonPrecisely(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
