import type { Tool } from '#features/gateway/conversation/conversation';
import { isJsonObject, type JsonObject, parseJsonText } from '#foundation/json';

/** What a target that knows only JSON is told of a tool that is called with text. */
export const FREEFORM_SCHEMA: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string' } },
  required: ['input'],
  additionalProperties: false,
};

/** The arguments of a call with text, as JSON. */
export function argumentsOfInput(input: string): string {
  return `{"input":${JSON.stringify(input)}}`;
}

/** The text of a call's arguments; what does not hold one is taken as it stands. */
export function inputOfArguments(argumentsText: string): string {
  try {
    const value = parseJsonText(argumentsText);
    if (isJsonObject(value) && typeof value.input === 'string') return value.input;
  } catch {
    // The model wrote something else, which is all there is.
  }
  return argumentsText;
}

/** The tools whose calls a client expects as text. */
export function freeformNames(tools: readonly Tool[]): ReadonlySet<string> {
  return new Set(tools.flatMap((tool) => (tool.type === 'function' && tool.isFreeform === true ? [tool.name] : [])));
}
