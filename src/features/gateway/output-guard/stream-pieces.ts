import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import type { Wire } from '../config.ts';

/** A piece of a text within one event of a stream: where it stands, and which text it lengthens. */
export type StreamPiece = {
  readonly channel: string;
  readonly path: readonly (string | number)[];
  readonly text: string;
  readonly kind: 'text' | 'json';
};

/** What one event says: pieces of texts, and which texts end with it (`channel`: all that begin so). */
export type EventPieces = {
  readonly pieces: readonly StreamPiece[];
  readonly ends: 'none' | 'all' | { readonly channel: string };
  /** Whether other strings of the event come from the model too. */
  readonly hasOthers: boolean;
};

/** Reads one event of a wire. An event of a kind that is not known is looked at whole, and ends nothing. */
export function piecesOf(wire: Wire, event: JsonObject): EventPieces {
  return READERS[wire](event);
}

const READERS: Readonly<Record<Wire, (event: JsonObject) => EventPieces>> = {
  anthropic: anthropicPieces,
  'openai-chat': chatPieces,
  'openai-responses': responsesPieces,
  gemini: geminiPieces,
};

const ANTHROPIC_TEXTS = [
  ['text', 'text'],
  ['thinking', 'text'],
  ['partial_json', 'json'],
] as const;

function anthropicPieces(event: JsonObject): EventPieces {
  const channel = String(event.index);
  switch (event.type) {
    case 'content_block_delta': {
      const pieces = textsIn(event.delta, ['delta'], ANTHROPIC_TEXTS, channel);
      return { pieces, ends: 'none', hasOthers: pieces.length === 0 };
    }
    case 'content_block_stop':
      return { pieces: [], ends: { channel: `${channel}:` }, hasOthers: false };
    case 'message_delta':
    case 'message_stop':
    case 'error':
      return { pieces: [], ends: 'all', hasOthers: true };
    default:
      return { pieces: [], ends: 'none', hasOthers: true };
  }
}

const CHAT_TEXTS = [
  ['content', 'text'],
  ['refusal', 'text'],
  ['reasoning_content', 'text'],
  ['reasoning', 'text'],
] as const;

function chatPieces(event: JsonObject): EventPieces {
  const pieces: StreamPiece[] = [];
  let isEnd = false;
  for (const [place, choice] of itemsOf(event.choices)) {
    const path = ['choices', place, 'delta'];
    const channel = String(choice.index ?? place);
    isEnd ||= typeof choice.finish_reason === 'string';
    pieces.push(...textsIn(choice.delta, path, CHAT_TEXTS, channel));
    const calls = isJsonObject(choice.delta) ? choice.delta.tool_calls : undefined;
    for (const [callPlace, call] of itemsOf(calls)) {
      const tool = `${channel}:tool:${String(call.index ?? callPlace)}`;
      pieces.push(
        ...textsIn(call.function, [...path, 'tool_calls', callPlace, 'function'], [['arguments', 'json']], tool),
      );
    }
  }
  return { pieces, ends: isEnd ? 'all' : 'none', hasOthers: true };
}

function responsesPieces(event: JsonObject): EventPieces {
  const type = stringMember(event, 'type') ?? '';
  const item = String(event.item_id ?? event.output_index);
  if (type.endsWith('.delta')) {
    const kind = type.includes('arguments') ? 'json' : 'text';
    const channel = `${item}:${String(event.content_index ?? event.summary_index ?? '')}`;
    return { pieces: textsIn(event, [], [['delta', kind]], channel), ends: 'none', hasOthers: false };
  }
  if (/^response\.(completed|failed|incomplete)$|^error$/.test(type)) {
    return { pieces: [], ends: 'all', hasOthers: true };
  }
  if (!type.endsWith('.done')) return { pieces: [], ends: 'none', hasOthers: true };
  const ended = isJsonObject(event.item) ? String(event.item.id) : item;
  return { pieces: [], ends: { channel: `${ended}:` }, hasOthers: true };
}

function geminiPieces(event: JsonObject): EventPieces {
  const pieces: StreamPiece[] = [];
  let isEnd = false;
  for (const [place, candidate] of itemsOf(event.candidates)) {
    isEnd ||= typeof candidate.finishReason === 'string';
    const parts = isJsonObject(candidate.content) ? candidate.content.parts : undefined;
    for (const [partPlace, part] of itemsOf(parts)) {
      const channel = `${String(candidate.index ?? place)}:${part.thought === true ? 'thought' : 'text'}`;
      const path = ['candidates', place, 'content', 'parts', partPlace];
      pieces.push(...textsIn(part, path, [['text', 'text']], channel));
    }
  }
  return { pieces, ends: isEnd ? 'all' : 'none', hasOthers: true };
}

function textsIn(
  holder: JsonValue | undefined,
  path: readonly (string | number)[],
  members: readonly (readonly [string, 'text' | 'json'])[],
  channel: string,
): readonly StreamPiece[] {
  return members.flatMap(([member, kind]) => {
    const text = stringMember(holder, member);
    return text === undefined ? [] : [{ channel: `${channel}:${member}`, path: [...path, member], text, kind }];
  });
}

function itemsOf(list: JsonValue | undefined): readonly (readonly [number, JsonObject])[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item, place) => (isJsonObject(item) ? [[place, item] as const] : []));
}
