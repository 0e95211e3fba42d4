import type { Turn } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import type { Part, ReasoningPart, TextPart, ToolCallPart, ToolResultPart } from '#features/gateway/conversation/part';
import { acceptableCallId } from '#features/gateway/conversation/tool-names';
import { isJsonObject, type JsonObject } from '#foundation/json';
import type { Target } from '../dialect.ts';
import type { CacheMarkerWriter } from './cache-markers.ts';
import { nativeCitations } from './citations.ts';
import { notConvertible } from './not-convertible.ts';
import { inputOfArguments, isUnparsed } from './tool-input.ts';
import { writeDocument, writeImage } from './write-media.ts';
import { TOOL_NAME_CHARACTERS_MAX } from './write-settings.ts';

/** Blocks of one request towards an upstream. */
export type BlockWriter = {
  texts(parts: readonly TextPart[]): readonly JsonObject[];
  blocks(turn: Turn): JsonObject[];
};

const CALL_ID_CHARACTERS_MAX = 128;

export function createBlockWriter(to: Target, markers: CacheMarkerWriter, losses: Losses): BlockWriter {
  const ids = createCallIds();

  function block(part: Part, role: Turn['role']): readonly JsonObject[] {
    switch (part.type) {
      case 'text':
        return text(part);
      case 'refusal':
        losses.change(part.at);
        return text({ ...part, type: 'text', citations: [], cache: null });
      case 'image':
      case 'document':
        return media(part, role);
      case 'audio':
        throw notConvertible(part.at, 'the Messages API takes no audio', 'send a transcript, or take another model');
      case 'tool_call':
        return [toolUse(part)];
      case 'tool_result':
        return [toolResult(part)];
      case 'reasoning':
        return reasoning(part);
      case 'native':
        if (part.dialect === 'anthropic' && isJsonObject(part.value)) return [native(part.value)];
        losses.drop(part.at);
        return [];
    }
  }

  /** An empty text is refused upstream and says nothing, so it is left out; white space alone says next to nothing. */
  function text(part: TextPart): readonly JsonObject[] {
    if (part.text.trim() === '') {
      if (part.text !== '') losses.drop(part.at);
      if (part.cache !== null) losses.drop(part.cache.at);
      return [];
    }
    const citations = nativeCitations(part.citations);
    if (citations.length < part.citations.length) losses.drop(`${part.at}.citations`);
    return [
      {
        type: 'text',
        text: part.text,
        ...(citations.length === 0 ? {} : { citations }),
        ...markers.members(part.cache),
      },
    ];
  }

  function media(part: Part & { type: 'image' | 'document' }, role: Turn['role']): readonly JsonObject[] {
    if (role === 'user') {
      const written = part.type === 'image' ? writeImage(part, losses) : writeDocument(part, losses);
      return [{ ...written, ...markers.members(part.cache) }];
    }
    // Only a user can show something.
    losses.drop(part.at);
    return [];
  }

  function toolUse(part: ToolCallPart): JsonObject {
    const input = inputOfArguments(part.argumentsText);
    if (isUnparsed(input)) losses.change(part.at);
    if (part.proof !== null) losses.drop(`${part.at}.signature`);
    return {
      type: 'tool_use',
      id: ids.call(part.id),
      name: to.toolNames.outward(part.name, TOOL_NAME_CHARACTERS_MAX),
      input,
      ...markers.members(part.cache),
    };
  }

  function toolResult(part: ToolResultPart): JsonObject {
    const content = part.content.flatMap((item) => block(item, 'user'));
    if (part.isError && content.length === 0) {
      // An error without words is refused upstream.
      losses.change(part.at);
      content.push({ type: 'text', text: 'The tool failed without a message.' });
    }
    return {
      type: 'tool_result',
      tool_use_id: ids.result(part.callId),
      ...(content.length === 0 ? {} : { content }),
      ...(part.isError ? { is_error: true } : {}),
      ...markers.members(part.cache),
    };
  }

  /** Thinking is taken back only with the proof that Anthropic itself gave, and then whole and unchanged. */
  function reasoning({ text: thinking, proof, at }: ReasoningPart): readonly JsonObject[] {
    if (proof?.dialect === 'anthropic') {
      return proof.kind === 'hidden'
        ? [{ type: 'redacted_thinking', data: proof.value }]
        : [{ type: 'thinking', thinking, signature: proof.value }];
    }
    if (proof !== null || thinking !== '') losses.drop(at);
    return [];
  }

  function native(value: JsonObject): JsonObject {
    if (isJsonObject(value.cache_control)) markers.counted();
    return value;
  }

  return {
    texts: (parts) => parts.flatMap(text),
    blocks: (turn) => turn.parts.flatMap((part) => block(part, turn.role)),
  };
}

/**
 * Ids of calls as the API takes them: in its characters, and unique in the request, which providers that count calls
 * from zero in each turn do not see to. A result belongs to the latest call of its id.
 */
function createCallIds(): { call(id: string): string; result(id: string): string } {
  const latest = new Map<string, string>();
  const taken = new Set<string>();
  const turns = new Map<string, number>();
  return {
    call(id) {
      const acceptable = acceptableCallId(id, CALL_ID_CHARACTERS_MAX - 8);
      let outward = acceptable;
      while (taken.has(outward)) {
        const turn = (turns.get(acceptable) ?? 1) + 1;
        turns.set(acceptable, turn);
        outward = `${acceptable}_${turn}`;
      }
      taken.add(outward);
      latest.set(id, outward);
      return outward;
    },
    result: (id) => latest.get(id) ?? acceptableCallId(id, CALL_ID_CHARACTERS_MAX - 8),
  };
}
