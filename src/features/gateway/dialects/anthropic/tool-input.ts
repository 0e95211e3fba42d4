import { isJsonObject, type JsonObject, type JsonValue, parseJsonPrecisely } from '#foundation/json';

/** Where arguments that are no JSON object are kept, as the text that they are. */
const UNPARSED = 'unparsed_arguments';

/** The text of a tool use's `input`, digit by digit where it was parsed precisely. */
export function argumentsOfInput(input: JsonValue | undefined): string {
  if (!isJsonObject(input)) return input === undefined || input === null ? '{}' : JSON.stringify(input);
  const unparsed = input[UNPARSED];
  return typeof unparsed === 'string' && Object.keys(input).length === 1 ? unparsed : JSON.stringify(input);
}

/**
 * The `input` of a tool use, which has to be an object: `{}` for no text, and for what a model wrote that is no object
 * the text itself, `{"unparsed_arguments": ...}`, so that nothing is lost and nothing crashes.
 */
export function inputOfArguments(text: string): JsonObject {
  if (text.trim() === '') return {};
  try {
    const value = parseJsonPrecisely(text);
    if (isJsonObject(value)) return value;
  } catch {
    // Told by the shape of what is returned.
  }
  return { [UNPARSED]: text };
}

export function isUnparsed(input: JsonObject): boolean {
  return typeof input[UNPARSED] === 'string';
}
