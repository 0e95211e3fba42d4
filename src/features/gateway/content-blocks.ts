import { isJsonObject, type JsonObject, type JsonValue, parseJsonText, stringMember } from '#foundation/json';

/** A tool use of the model, as `ai_request_tool_calls` keeps it. */
export type ToolUse = { readonly tool_use_id: string; readonly tool_name: string; readonly input: JsonValue };

/** Blocks of an answer, put together from the pieces of a stream; bounded, so that no answer can exhaust memory. */
export type ContentBlocks = {
  start(index: number, block: JsonObject): void;
  append(index: number, delta: JsonObject): void;
  /** In the order of the answer, in the shape of the Messages API. */
  blocks(): readonly JsonValue[];
};

const BLOCKS_MAX = 1_000;
const INPUT_CHARACTERS_MAX = 65_536;
const TEXT_CHARACTERS_MAX = 262_144;

type OpenBlock = { readonly block: JsonObject; text: string; characters: number };

/** The member that each kind of delta lengthens; other kinds carry nothing that is recorded. */
const DELTA_MEMBERS: Readonly<Record<string, string>> = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  input_json_delta: 'partial_json',
};

export function createContentBlocks(): ContentBlocks {
  const open = new Map<number, OpenBlock>();
  let textCharacters = 0;

  return {
    start(index, block) {
      if (open.size < BLOCKS_MAX) open.set(index, { block, text: '', characters: 0 });
    },
    append(index, delta) {
      const entry = open.get(index);
      const piece = stringMember(delta, DELTA_MEMBERS[stringMember(delta, 'type') ?? ''] ?? '');
      if (entry === undefined || piece === undefined) return;
      entry.characters += piece.length;
      const room = isToolUse(entry.block)
        ? INPUT_CHARACTERS_MAX - entry.text.length
        : TEXT_CHARACTERS_MAX - textCharacters;
      const kept = piece.slice(0, Math.max(0, room));
      entry.text += kept;
      if (!isToolUse(entry.block)) textCharacters += kept.length;
    },
    blocks() {
      const indexes = [...open.keys()].sort((left, right) => left - right);
      return indexes.flatMap((index) => {
        const entry = open.get(index);
        return entry === undefined ? [] : [wholeBlock(entry)];
      });
    },
  };
}

function wholeBlock(entry: OpenBlock): JsonValue {
  const { block, text } = entry;
  if (isToolUse(block)) return { ...block, input: wholeInput(entry) };
  if (block.type === 'text') return { ...block, text: `${stringMember(block, 'text') ?? ''}${text}` };
  if (block.type === 'thinking') return { type: 'thinking', thinking: text };
  return block;
}

/** Arguments that are not JSON are kept as the text they are: the client has received them like that too. */
function wholeInput({ block, text, characters }: OpenBlock): JsonValue {
  if (text === '') return block.input ?? {};
  if (characters > text.length) return { truncated: true, characters, head: text.slice(0, 8_192) };
  try {
    return parseJsonText(text);
  } catch {
    return text;
  }
}

function isToolUse(block: JsonObject): boolean {
  return block.type === 'tool_use' || block.type === 'server_tool_use' || block.type === 'mcp_tool_use';
}

/** The tool uses among blocks of an answer; those without an id cannot be linked to anything and are left out. */
export function toolUsesOf(blocks: readonly JsonValue[]): readonly ToolUse[] {
  return blocks.flatMap((block) => {
    const id = stringMember(block, 'id');
    const name = stringMember(block, 'name');
    if (!isJsonObject(block) || !isToolUse(block) || id === undefined || name === undefined) return [];
    return [{ tool_use_id: id, tool_name: name, input: block.input ?? {} }];
  });
}
