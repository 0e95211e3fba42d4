import type { Citation, Part } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, stringMember } from '#foundation/json';
import { annotationOf } from './annotations.ts';
import { inputOfArguments } from './freeform.ts';

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** Ids of one response: of its items, and of its calls, which clients refuse when they stand twice in it. */
export type ItemIds = {
  item(kind: 'msg' | 'fc' | 'ctc' | 'rs' | 'ig'): string;
  call(id: string): string;
};

export function createItemIds(base: string): ItemIds {
  let items = 0;
  const calls = new Set<string>();
  return {
    item(kind) {
      items += 1;
      return `${kind}_${base}_${items}`;
    },
    call(id) {
      const wanted = id === '' ? `call_${base}_${calls.size + 1}` : id;
      let unique = wanted;
      for (let turn = 2; calls.has(unique); turn += 1) unique = `${wanted}_${turn}`;
      calls.add(unique);
      return unique;
    },
  };
}

export function messageItem(id: string, status: ItemStatus, content: readonly JsonObject[]): JsonObject {
  return { id, type: 'message', status, role: 'assistant', content };
}

export function textContent(text: string, annotations: readonly JsonObject[]): JsonObject {
  return { type: 'output_text', text, annotations, logprobs: [] };
}

export function annotationsOf(citations: readonly Citation[], text: string): readonly JsonObject[] {
  return citations.map((citation) => annotationOf(citation, text.length));
}

export function refusalContent(refusal: string): JsonObject {
  return { type: 'refusal', refusal };
}

export type Call = { readonly id: string; readonly callId: string; readonly name: string };

export function functionCallItem({ id, callId, name }: Call, status: ItemStatus, argumentsText: string): JsonObject {
  return { id, type: 'function_call', status, call_id: callId, name, arguments: argumentsText };
}

export function customCallItem({ id, callId, name }: Call, status: ItemStatus, argumentsText: string): JsonObject {
  const input = argumentsText === '' ? '' : inputOfArguments(argumentsText);
  return { id, type: 'custom_tool_call', status, call_id: callId, name, input };
}

/**
 * The item of a part that comes whole; undefined for what has no place in this dialect. Items of this dialect keep
 * their ids, which they must have.
 */
export function wholeItem(part: Part, ids: ItemIds): JsonObject | undefined {
  if (part.type === 'image' && part.source.kind === 'inline') {
    const { mediaType, base64 } = part.source;
    const output_format = mediaType.replace(/^image\//, '');
    return { id: ids.item('ig'), type: 'image_generation_call', status: 'completed', result: base64, output_format };
  }
  if (part.type !== 'native' || part.dialect !== 'openai-responses' || !isJsonObject(part.value)) return undefined;
  const hasIdentity = (stringMember(part.value, 'id') ?? '') !== '' && stringMember(part.value, 'type') !== undefined;
  return hasIdentity ? part.value : undefined;
}

/** An answer of this API holds no such media, so its reader is told what came. */
export function withoutPlace(part: Part): string | undefined {
  switch (part.type) {
    case 'image':
      return part.source.kind === 'url' ? part.source.url : undefined;
    case 'audio':
    case 'document':
      return `[The model answered with ${part.type === 'audio' ? 'audio' : 'a document'}, which this API cannot carry.]`;
    default:
      return undefined;
  }
}
