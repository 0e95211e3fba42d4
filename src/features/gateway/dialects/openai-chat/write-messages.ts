import type { Conversation, Turn } from '#features/gateway/conversation/conversation';
import type { Part, ToolResultPart } from '#features/gateway/conversation/part';
import type { JsonObject, JsonValue } from '#foundation/json';
import { writeAssistant } from './write-assistant.ts';
import { contentOf, writeUserPart } from './write-parts.ts';
import { createResultWriter, type ResultWriter } from './write-results.ts';
import type { Writing } from './writing.ts';

/** `messages`, and the members beside them that a prefill needs. */
export function writeMessages(conversation: Conversation, writing: Writing): JsonObject {
  const results = createResultWriter(conversation, writing);
  const messages: JsonObject[] = [];
  const system = conversation.system.flatMap((part) => writeUserPart(part, writing));
  if (system.length > 0) messages.push({ role: 'system', content: contentOf(system, writing.accent.textParts) });
  for (const turn of conversation.turns) messages.push(...writeTurn(turn, results, writing));
  const prefill = lastOf(conversation.turns);
  return prefill === undefined ? { messages } : withPrefill(messages, prefill, writing);
}

function writeTurn(turn: Turn, results: ResultWriter, writing: Writing): readonly JsonObject[] {
  switch (turn.role) {
    case 'system':
      return writeSystemTurn(turn, writing);
    case 'assistant':
      return writeAssistant(turn, writing);
    case 'user':
      return writeUserTurn(turn, results, writing);
  }
}

/** Where the system may only begin, its later words stand with the user's, marked as what they are. */
function writeSystemTurn(turn: Turn, writing: Writing): readonly JsonObject[] {
  const { accent, losses } = writing;
  const parts = turn.parts.flatMap((part) => {
    if (part.type === 'text') return writeUserPart(part, writing);
    losses.drop(part.at);
    return [];
  });
  if (parts.length === 0) return [];
  if (accent.systemTurns) return [{ role: 'system', content: contentOf(parts, accent.textParts) }];
  losses.change(turn.at);
  const said = parts.map((part) => ({ ...part, text: `<system>\n${textOf(part)}\n</system>` }));
  return [{ role: 'user', content: contentOf(said, accent.textParts) }];
}

function textOf({ text }: JsonObject): string {
  return typeof text === 'string' ? text : '';
}

/** A message for each result, right behind the calls; then what their media are, and what the user says. */
function writeUserTurn(turn: Turn, results: ResultWriter, writing: Writing): readonly JsonObject[] {
  const hoisted: JsonObject[] = [];
  const messages = turn.parts.filter(isResult).map((result) => results.write(result, hoisted));
  const said = turn.parts.flatMap((part) => (isResult(part) ? [] : writeUserPart(part, writing)));
  const content = [...hoisted, ...said];
  if (content.length === 0) return messages;
  return [...messages, { role: 'user', content: contentOf(content, writing.accent.textParts) }];
}

function isResult(part: Part): part is ToolResultPart {
  return part.type === 'tool_result';
}

/** The turn of the assistant that stands last, and is to be gone on from. */
function lastOf(turns: readonly Turn[]): Turn | undefined {
  const last = turns.at(-1);
  return last?.role === 'assistant' && last.parts.every((part) => part.type !== 'tool_call') ? last : undefined;
}

/** Elsewhere the model answers its own words instead of going on from them. */
function withPrefill(messages: JsonObject[], turn: Turn, { accent, losses }: Writing): JsonObject {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') return { messages };
  const ending = (members: JsonObject): readonly JsonValue[] => [...messages.slice(0, -1), { ...last, ...members }];
  switch (accent.prefill) {
    case 'plain':
      return { messages };
    case 'prefix':
      return { messages: ending({ prefix: true }) };
    case 'partial':
      return { messages: ending({ partial: true }) };
    case 'continue':
      return { messages, add_generation_prompt: false, continue_final_message: true };
    case null:
      losses.change(turn.at);
      return { messages };
  }
}
