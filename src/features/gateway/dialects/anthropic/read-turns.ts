import type { Turn } from '#features/gateway/conversation/conversation';
import type { Part } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';
import { readBlock, readTextBlock } from './read-blocks.ts';
import { withCallProofs } from './reasoning-blocks.ts';
import { invalidRequest, noteBeyond, type Place } from './request-place.ts';

const KNOWN_MEMBERS = new Set(['role', 'content']);

/**
 * Turns in the order of the messages, with the results of tools where every dialect can find them: before anything
 * else in the turn after the calls, all of them in that one turn.
 */
export function readTurns(messages: readonly JsonObject[], beyond: string[]): readonly Turn[] {
  const turns: Turn[] = [];
  for (const [index, message] of messages.entries()) {
    const at = `messages[${index}]`;
    noteBeyond(message, KNOWN_MEMBERS, { at, beyond });
    const role = roleOf(message, at);
    const parts = readContent(message, role, { at: `${at}.content`, beyond });
    addTurn(turns, { role, parts: role === 'assistant' ? withCallProofs(parts) : parts, at });
  }
  return turns;
}

function roleOf(message: JsonObject, at: string): Turn['role'] {
  const { role } = message;
  if (role === 'user' || role === 'assistant' || role === 'system') return role;
  throw invalidRequest(`${at}.role`, 'user, assistant or system is required', 'name who speaks');
}

function readContent(message: JsonObject, role: Turn['role'], place: Place): readonly Part[] {
  const { content } = message;
  const { at, beyond } = place;
  if (typeof content === 'string') return [{ type: 'text', text: content, citations: [], cache: null, at }];
  if (!Array.isArray(content)) throw invalidRequest(at, 'a string or an array is required', 'send text or blocks');
  return content.flatMap((block: JsonValue, index) => {
    const blockAt = `${at}[${index}]`;
    if (!isJsonObject(block)) throw invalidRequest(blockAt, 'an object is required', 'send a content block');
    if (role !== 'system') return readBlock(block, { at: blockAt, beyond });
    if (block.type === 'text') return [readTextBlock(block, { at: blockAt, beyond })];
    beyond.push(blockAt);
    return [];
  });
}

function addTurn(turns: Turn[], turn: Turn): void {
  const results = turn.parts.filter(isResult);
  if (turn.role !== 'user' || results.length === 0) {
    turns.push(turn);
    return;
  }
  const others = turn.parts.filter((part) => !isResult(part));
  const reminders = interposedSystemTurns(turns);
  const before = turns.at(-1);
  if (before?.role !== 'user') {
    turns.push({ ...turn, parts: [...results, ...others] }, ...reminders);
    return;
  }
  const said = before.parts.filter((part) => !isResult(part));
  const together = { ...before, parts: [...before.parts.filter(isResult), ...results, ...said] };
  if (reminders.length === 0) turns[turns.length - 1] = { ...together, parts: [...together.parts, ...others] };
  else {
    turns[turns.length - 1] = together;
    turns.push(...reminders, ...(others.length === 0 ? [] : [{ ...turn, parts: others }]));
  }
}

function isResult(part: Part): boolean {
  return part.type === 'tool_result';
}

/** Takes off what the system said between the calls and their results: agents put reminders there. */
function interposedSystemTurns(turns: Turn[]): readonly Turn[] {
  let first = turns.length;
  while (turns[first - 1]?.role === 'system') first -= 1;
  const awaitsResults = turns[first - 1]?.parts.some((part) => part.type === 'tool_call' || isResult(part));
  return awaitsResults === true ? turns.splice(first) : [];
}
