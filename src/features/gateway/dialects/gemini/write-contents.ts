import type { Conversation, Turn } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import type { Part, ToolResultPart } from '#features/gateway/conversation/part';
import type { JsonObject } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { addCallSignatures } from './call-signatures.ts';
import { generationOf } from './model-generation.ts';
import { type WrittenPart, writePart } from './write-parts.ts';
import { writeResult } from './write-results.ts';

/** A content while it is written; each part with its place in the client's body. */
export type OpenContent = { readonly role: 'user' | 'model'; readonly parts: WrittenPart[] };

/**
 * The contents of all turns. Results stand in a content of their own right behind the calls, in the order of the
 * calls; what a user says beside them follows in the next. Turns of the model that follow each other are one.
 */
export function writeContents(conversation: Conversation, to: Target, losses: Losses): readonly JsonObject[] {
  const contents: OpenContent[] = [];
  const names = new Map<string, string>();
  let calls: readonly string[] = [];
  for (const turn of conversation.turns) {
    if (turn.role === 'assistant') {
      calls = addModelTurn(contents, turn, calls, names, to, losses);
    } else {
      addUserTurn(contents, turn, calls, names, to, losses);
    }
  }
  if (generationOf(to.model).isThird) addCallSignatures(contents, losses);
  return contents.map(({ role, parts }) => ({ role, parts: parts.map((part) => part.value) }));
}

/** The ids of the calls that await results, in their order. */
function addModelTurn(
  contents: OpenContent[],
  turn: Turn,
  before: readonly string[],
  names: Map<string, string>,
  to: Target,
  losses: Losses,
): readonly string[] {
  const last = contents.at(-1);
  const content: OpenContent = last?.role === 'model' ? last : { role: 'model', parts: [] };
  const isNew = content !== last;
  const calls = isNew ? [] : [...before];
  for (const part of turn.parts) {
    if (part.type === 'tool_call') {
      names.set(part.id, part.name);
      calls.push(part.id);
    }
    writePart(part, content.parts, to, losses);
  }
  if (isNew && content.parts.length > 0) contents.push(content);
  return calls;
}

function addUserTurn(
  contents: OpenContent[],
  turn: Turn,
  calls: readonly string[],
  names: ReadonlyMap<string, string>,
  to: Target,
  losses: Losses,
): void {
  // A place for later words of the system does not exist; the user's is the nearest.
  if (turn.role === 'system') losses.change(turn.at);
  const results: OpenContent = { role: 'user', parts: [] };
  const rest: OpenContent = { role: 'user', parts: [] };
  for (const result of inOrder(turn.parts.filter(isResult), calls)) {
    writeResult(result, names.get(result.callId), results.parts, rest.parts, to, losses);
  }
  for (const part of turn.parts) if (!isResult(part)) writePart(part, rest.parts, to, losses);
  for (const content of [results, rest]) if (content.parts.length > 0) contents.push(content);
}

function isResult(part: Part): part is ToolResultPart {
  return part.type === 'tool_result';
}

function inOrder(results: readonly ToolResultPart[], calls: readonly string[]): readonly ToolResultPart[] {
  if (results.every((result, index) => result.callId === calls[index])) return results;
  const places = new Map(calls.map((id, index) => [id, index]));
  const place = (result: ToolResultPart) => places.get(result.callId) ?? calls.length;
  return results.toSorted((left, right) => place(left) - place(right));
}
