import type { Turn } from '#features/gateway/conversation/conversation';
import type { Part, ToolResultPart } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, stringMember } from '#foundation/json';
import { readCacheMarker } from './cache-markers.ts';
import { createOldCalls, type OldCalls } from './old-calls.ts';
import { readCall } from './read-calls.ts';
import { readContent, readTexts } from './read-content.ts';
import { readReasoning } from './reasoning-details.ts';
import {
  invalidRequest,
  memberAt,
  noteBeyond,
  objectAt,
  objectsAt,
  type Place,
  requiredName,
} from './request-place.ts';

/** `annotations` of an answer come back with it and cite what its text says anyway. */
const MEMBERS: Readonly<Record<string, ReadonlySet<string>>> = {
  system: new Set(['role', 'content', 'cache_control']),
  user: new Set(['role', 'content', 'cache_control']),
  assistant: new Set([
    ...['role', 'content', 'refusal', 'tool_calls', 'function_call', 'audio', 'annotations', 'cache_control'],
    ...['reasoning_content', 'reasoning', 'reasoning_details'],
  ]),
  tool: new Set(['role', 'content', 'tool_call_id', 'name', 'cache_control']),
  function: new Set(['role', 'content', 'name']),
};

/**
 * Turns in the order of the messages, with the results of tools where every dialect can find them: all those of one
 * turn of the assistant in the turn right behind it, before anything else in that turn.
 */
export function readMessages(messages: readonly JsonObject[], beyond: string[]): readonly Turn[] {
  const turns: Turn[] = [];
  const oldCalls = createOldCalls();
  for (const [index, message] of messages.entries()) {
    const place: Place = { at: `messages[${index}]`, beyond };
    const role = roleOf(message, place.at);
    noteBeyond(message, MEMBERS[role] ?? new Set(), place);
    if (role === 'tool' || role === 'function') addResult(turns, readResult(message, role, place, oldCalls), place.at);
    else addTurn(turns, { role, parts: readParts(message, role, place, oldCalls), at: place.at });
  }
  return turns;
}

type Role = Turn['role'] | 'tool' | 'function';

function roleOf(message: JsonObject, at: string): Role {
  const { role } = message;
  if (role === 'developer') return 'system';
  if (role === 'system' || role === 'user' || role === 'assistant' || role === 'tool' || role === 'function')
    return role;
  throw invalidRequest(memberAt(at, 'role'), 'is not a role', 'send system, developer, user, assistant or tool');
}

function readParts(message: JsonObject, role: Turn['role'], place: Place, oldCalls: OldCalls): readonly Part[] {
  const contentPlace = { ...place, at: memberAt(place.at, 'content') };
  if (role === 'system') return marked(readTexts(message.content, contentPlace), message, place);
  const said = readContent(message.content, contentPlace);
  if (role === 'user') return marked(said, message, place);
  return marked(assistantParts(message, said, place, oldCalls), message, place);
}

/** Reasoning comes before what is said, and that before what is called: this dialect knows no other order. */
function assistantParts(message: JsonObject, said: readonly Part[], place: Place, oldCalls: OldCalls): readonly Part[] {
  const { at, beyond } = place;
  const refusal = stringMember(message, 'refusal') ?? '';
  const old = objectAt(message, 'function_call', at);
  const calls = objectsAt(message, 'tool_calls', at).map((call, index) =>
    readCall(call, { at: `${at}.tool_calls[${index}]`, beyond }),
  );
  return [
    ...readReasoning(message, at, beyond),
    ...said,
    ...(refusal === '' ? [] : [{ type: 'refusal', text: refusal, at: memberAt(at, 'refusal') } as const]),
    ...spokenAudio(message, at),
    ...calls,
    ...(old === undefined ? [] : [oldCalls.call(old, memberAt(at, 'function_call'))]),
  ];
}

/** Audio of an earlier answer, by an id that only OpenAI knows. */
function spokenAudio({ audio }: JsonObject, at: string): readonly Part[] {
  if (!isJsonObject(audio)) return [];
  return [{ type: 'native', dialect: 'openai-chat', kind: 'audio', value: audio, at: memberAt(at, 'audio') }];
}

/** A marker on a message stands at the end of it. */
function marked(parts: readonly Part[], message: JsonObject, place: Place): readonly Part[] {
  const marker = readCacheMarker(message, place);
  if (marker === null) return parts;
  const last = parts.at(-1);
  if (last === undefined || !('cache' in last) || last.cache !== null) {
    place.beyond.push(marker.at);
    return parts;
  }
  return [...parts.slice(0, -1), { ...last, cache: marker }];
}

function readResult(message: JsonObject, role: 'tool' | 'function', place: Place, oldCalls: OldCalls): ToolResultPart {
  const { at, beyond } = place;
  const content = readContent(message.content, { at: memberAt(at, 'content'), beyond });
  const name = role === 'tool' ? (stringMember(message, 'name') ?? null) : requiredName(message, 'name', at);
  return {
    type: 'tool_result',
    callId: role === 'tool' ? requiredName(message, 'tool_call_id', at) : oldCalls.result(name ?? ''),
    name,
    content: content.flatMap((part): ToolResultPart['content'] => {
      if (isResultContent(part)) return [part];
      beyond.push(part.at);
      return [];
    }),
    isError: false,
    cache: role === 'tool' ? readCacheMarker(message, place) : null,
    at,
  };
}

function isResultContent(part: Part): part is ToolResultPart['content'][number] {
  return part.type === 'text' || part.type === 'image' || part.type === 'document' || part.type === 'audio';
}

/** What a user says right after results belongs to their turn. */
function addTurn(turns: Turn[], turn: Turn): void {
  const before = turns.at(-1);
  if (turn.role === 'user' && before?.role === 'user' && before.parts[0]?.type === 'tool_result') {
    turns[turns.length - 1] = { ...before, parts: [...before.parts, ...turn.parts] };
  } else {
    turns.push(turn);
  }
}

/** Into the turn behind the assistant's last one, whatever was said in between. */
function addResult(turns: Turn[], result: ToolResultPart, at: string): void {
  const place = turns.findLastIndex((turn) => turn.role === 'assistant') + 1;
  const next = turns[place];
  if (next?.role !== 'user') {
    turns.splice(place, 0, { role: 'user', parts: [result], at });
    return;
  }
  const results = next.parts.filter((part) => part.type === 'tool_result');
  const others = next.parts.filter((part) => part.type !== 'tool_result');
  turns[place] = { ...next, parts: [...results, result, ...others] };
}
