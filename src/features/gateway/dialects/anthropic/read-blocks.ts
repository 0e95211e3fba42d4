import type { Part, TextPart, ToolCallPart, ToolResultPart } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import { readCacheMarker } from './cache-markers.ts';
import { readCitations } from './citations.ts';
import { readDocument, readImage, readSearchResult } from './read-media.ts';
import { readRedactedThinking, readThinking } from './reasoning-blocks.ts';
import { invalidRequest, noteBeyond, type Place, requiredString } from './request-place.ts';
import { argumentsOfInput } from './tool-input.ts';

const TEXT_MEMBERS = new Set(['type', 'text', 'citations', 'cache_control']);
const TOOL_USE_MEMBERS = new Set(['type', 'id', 'name', 'input', 'cache_control']);
const TOOL_RESULT_MEMBERS = new Set(['type', 'tool_use_id', 'content', 'is_error', 'cache_control']);

/** One block of a message. A kind that only the Messages API has becomes a native part. */
export function readBlock(block: JsonObject, place: Place): readonly Part[] {
  const { at } = place;
  const type = requiredString(block, 'type', at);
  switch (type) {
    case 'text':
      return [readTextBlock(block, place)];
    case 'image':
      return [readImage(block, place)];
    case 'document':
      return readDocument(block, place);
    case 'search_result':
      return [readSearchResult(block, place)];
    case 'thinking':
      return [readThinking(block, place)];
    case 'redacted_thinking':
      return [readRedactedThinking(block, at)];
    case 'tool_use':
      return [readToolUse(block, place)];
    case 'tool_result':
      return [readToolResult(block, place)];
    default:
      return [{ type: 'native', dialect: 'anthropic', kind: type, value: block, at }];
  }
}

export function readTextBlock(block: JsonObject, place: Place): TextPart {
  noteBeyond(block, TEXT_MEMBERS, place);
  const { at } = place;
  return {
    type: 'text',
    text: requiredString(block, 'text', at),
    citations: readCitations(block.citations),
    cache: readCacheMarker(block, place),
    at,
  };
}

function readToolUse(block: JsonObject, place: Place): ToolCallPart {
  const { at } = place;
  // The model itself called, as in every other dialect; only another caller is worth telling.
  const direct = stringMember(block.caller, 'type') === 'direct';
  noteBeyond(direct ? { ...block, caller: undefined } : block, TOOL_USE_MEMBERS, place);
  return {
    type: 'tool_call',
    id: requiredString(block, 'id', at),
    name: requiredString(block, 'name', at),
    argumentsText: argumentsOfInput(block.input),
    proof: null,
    cache: readCacheMarker(block, place),
    at,
  };
}

function readToolResult(block: JsonObject, place: Place): ToolResultPart {
  noteBeyond(block, TOOL_RESULT_MEMBERS, place);
  const { at } = place;
  return {
    type: 'tool_result',
    callId: requiredString(block, 'tool_use_id', at),
    name: null,
    content: readResultContent(block, place),
    isError: block.is_error === true,
    cache: readCacheMarker(block, place),
    at,
  };
}

function readResultContent(block: JsonObject, { at, beyond }: Place): ToolResultPart['content'] {
  const { content } = block;
  const contentAt = `${at}.content`;
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return [{ type: 'text', text: content, citations: [], cache: null, at: contentAt }];
  if (!Array.isArray(content)) throw invalidRequest(contentAt, 'a string or an array is required', 'send text blocks');
  return content.flatMap((entry: JsonValue, index) => readResultBlock(entry, { at: `${contentAt}[${index}]`, beyond }));
}

function readResultBlock(entry: JsonValue, place: Place): ToolResultPart['content'] {
  if (!isJsonObject(entry)) throw invalidRequest(place.at, 'an object is required', 'send a content block');
  switch (requiredString(entry, 'type', place.at)) {
    case 'text':
      return [readTextBlock(entry, place)];
    case 'image':
      return [readImage(entry, place)];
    case 'document':
      return readDocument(entry, place);
    case 'search_result':
      return [readSearchResult(entry, place)];
    default:
      place.beyond.push(place.at);
      return [];
  }
}
