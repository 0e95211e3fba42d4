import type { Turn } from '#features/gateway/conversation/conversation';
import type { Part, ToolCallPart, ToolResultPart } from '#features/gateway/conversation/part';
import { type JsonObject, stringMember } from '#foundation/json';
import { argumentsOfInput } from './freeform.ts';
import { isOfUser } from './outline.ts';
import { readContent, readResultContent, readSystemContent } from './read-content.ts';
import { readReasoningItem } from './reasoning-items.ts';
import {
  invalidRequest,
  memberAt,
  notConvertible,
  noteBeyond,
  type Place,
  requiredName,
  requiredString,
} from './request-place.ts';

/** Who says what by one item of the input. */
export type ItemReading = { readonly role: Turn['role']; readonly parts: readonly Part[] };

const REMEDY =
  'send the items themselves, with store: false and include: ["reasoning.encrypted_content"], so that no server has to keep them';

export function readItem(item: JsonObject, place: Place): ItemReading {
  const { at } = place;
  const type = typeOf(item, at);
  switch (type) {
    case 'message':
      return readMessage(item, place);
    case 'function_call':
    case 'custom_tool_call':
      return { role: 'assistant', parts: [readCall(item, place)] };
    case 'function_call_output':
    case 'custom_tool_call_output':
      return { role: 'user', parts: [readResult(item, place)] };
    case 'reasoning':
      return { role: 'assistant', parts: readReasoning(item, place) };
    case 'item_reference':
      throw notConvertible(at, 'names an item that only OpenAI keeps, and this gateway keeps none', REMEDY);
    case 'compaction':
      throw notConvertible(at, 'holds earlier turns that only OpenAI can read', 'send the turns themselves');
    default: {
      const part: Part = { type: 'native', dialect: 'openai-responses', kind: type, value: item, at };
      return { role: isOfUser(type) ? 'user' : 'assistant', parts: [part] };
    }
  }
}

/** A message may leave its type out, and so may a reference to an item. */
function typeOf(item: JsonObject, at: string): string {
  if (item.type !== undefined && item.type !== null) return requiredName(item, 'type', at);
  if (item.role !== undefined) return 'message';
  if (typeof item.id === 'string') return 'item_reference';
  throw invalidRequest(memberAt(at, 'type'), 'a type or a role is required', 'send {role, content} or a typed item');
}

/** The ids and states of items mean nothing to who has not made them, nor does it whether a message was the last word. */
const MEANT_FOR_OPENAI = ['id', 'status', 'phase'];

const MESSAGE_MEMBERS = new Set(['type', 'role', 'content', ...MEANT_FOR_OPENAI]);

function readMessage(item: JsonObject, place: Place): ItemReading {
  noteBeyond(item, MESSAGE_MEMBERS, place);
  const content: Place = { at: memberAt(place.at, 'content'), beyond: place.beyond };
  switch (item.role) {
    case 'user':
    case 'assistant':
      return { role: item.role, parts: readContent(item.content, content) };
    case 'system':
    case 'developer':
      return { role: 'system', parts: readSystemContent(item.content, content) };
    default: {
      const message = 'user, assistant, system or developer is required';
      throw invalidRequest(memberAt(place.at, 'role'), message, 'name who speaks');
    }
  }
}

const CALL_MEMBERS = new Set(['type', 'call_id', 'name', 'arguments', 'input', ...MEANT_FOR_OPENAI]);

function readCall(item: JsonObject, place: Place): ToolCallPart {
  noteBeyond(withoutDirectCaller(item), CALL_MEMBERS, place);
  const { at } = place;
  return {
    type: 'tool_call',
    id: requiredName(item, 'call_id', at),
    name: requiredName(item, 'name', at),
    argumentsText:
      item.type === 'function_call' ? readArguments(item) : argumentsOfInput(requiredString(item, 'input', at)),
    proof: null,
    cache: null,
    at,
  };
}

/** Of a `function_call`: JSON text, which some servers send as the value itself. */
export function readArguments({ arguments: text }: JsonObject): string {
  if (typeof text === 'string') return text.trim() === '' ? '{}' : text;
  return text === undefined || text === null ? '{}' : JSON.stringify(text);
}

const RESULT_MEMBERS = new Set(['type', 'call_id', 'output', 'name', ...MEANT_FOR_OPENAI]);

function readResult(item: JsonObject, place: Place): ToolResultPart {
  noteBeyond(withoutDirectCaller(item), RESULT_MEMBERS, place);
  const { at, beyond } = place;
  return {
    type: 'tool_result',
    callId: requiredName(item, 'call_id', at),
    name: stringMember(item, 'name') ?? null,
    content: readResultContent(item.output, { at: memberAt(at, 'output'), beyond }),
    isError: false,
    cache: null,
    at,
  };
}

/** The model itself called, as in every other dialect; only another caller is worth telling. */
function withoutDirectCaller(item: JsonObject): JsonObject {
  const isDirect = stringMember(item.caller, 'type') === 'direct';
  return { ...item, caller: isDirect ? undefined : item.caller, async: item.async === false ? undefined : item.async };
}

const REASONING_MEMBERS = new Set(['type', 'summary', 'content', 'encrypted_content', ...MEANT_FOR_OPENAI]);

function readReasoning(item: JsonObject, place: Place): readonly Part[] {
  noteBeyond(item, REASONING_MEMBERS, place);
  const part = readReasoningItem(item, place.at);
  if (part !== undefined) return [part];
  place.beyond.push(place.at);
  return [];
}
