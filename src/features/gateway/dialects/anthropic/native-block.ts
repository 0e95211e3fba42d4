import type { NativePart } from '#features/gateway/conversation/part';
import { type JsonObject, type JsonValue, parseJsonPrecisely, stringMember } from '#foundation/json';

/** A block that only the Messages API has, put together from its pieces: calls and results of tools it runs itself. */
export type NativeBlock = {
  append(delta: JsonObject): void;
  part(): NativePart;
};

const CHARACTERS_MAX = 4_194_304;

export function createNativeBlock(block: JsonObject): NativeBlock {
  const texts = new Map<string, string[]>();
  let characters = 0;

  /** `partial_json` is of the input; any other piece lengthens the member of its own name. */
  function value(): JsonObject {
    const whole: Record<string, JsonValue | undefined> = { ...block };
    for (const [key, pieces] of texts) {
      const text = pieces.join('');
      if (key === 'partial_json') whole.input = inputOf(text) ?? block.input;
      else whole[key] = `${stringMember(block, key) ?? ''}${text}`;
    }
    return whole;
  }

  return {
    append(delta) {
      for (const key of Object.keys(delta)) {
        const piece = key === 'type' ? undefined : stringMember(delta, key);
        if (piece === undefined || characters + piece.length > CHARACTERS_MAX) continue;
        characters += piece.length;
        const pieces = texts.get(key);
        if (pieces === undefined) texts.set(key, [piece]);
        else pieces.push(piece);
      }
    },
    part: () => ({
      type: 'native',
      dialect: 'anthropic',
      kind: stringMember(block, 'type') ?? '',
      value: value(),
      at: '',
    }),
  };
}

function inputOf(text: string): JsonValue | undefined {
  if (text === '') return undefined;
  try {
    return parseJsonPrecisely(text);
  } catch {
    return text;
  }
}
