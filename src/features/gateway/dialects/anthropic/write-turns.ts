import type { Turn } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import type { JsonObject } from '#foundation/json';
import type { ModelTraits } from './model-traits.ts';
import type { BlockWriter } from './write-blocks.ts';

type Message = { readonly role: Turn['role']; readonly content: JsonObject[] };

export function writeMessages(
  turns: readonly Turn[],
  blocks: BlockWriter,
  traits: ModelTraits,
  losses: Losses,
): readonly JsonObject[] {
  const messages: Message[] = [];
  for (const [index, turn] of turns.entries()) {
    const content = blocks.blocks(turn);
    if (content.length === 0) continue;
    if (turn.role !== 'system') addMessage(messages, { role: turn.role, content });
    else if (messages.at(-1)?.role === 'system') messages.at(-1)?.content.push(...content);
    else if (traits.takesSystemTurns && mayStandHere(messages, turns, index))
      messages.push({ role: 'system', content });
    else {
      losses.change(turn.at);
      addMessage(messages, { role: 'user', content: content.map(inWordsOfUser) });
    }
  }
  trimPrefill(messages, turns, losses);
  return messages;
}

/** Results of tools come first in the message after the calls, whatever was said in between. */
function addMessage(messages: Message[], message: Message): void {
  if (message.role !== 'user' || !message.content.some(isResult)) {
    messages.push(message);
    return;
  }
  const content = [...message.content];
  while (messages.at(-1)?.role === 'user') content.unshift(...(messages.pop()?.content ?? []));
  const others = content.filter((block) => !isResult(block));
  messages.push({ role: 'user', content: [...content.filter(isResult), ...others] });
}

function isResult(block: JsonObject): boolean {
  return block.type === 'tool_result';
}

/** The system may speak after the user, and before the assistant or at the end. */
function mayStandHere(messages: readonly Message[], turns: readonly Turn[], index: number): boolean {
  if (messages.at(-1)?.role !== 'user') return false;
  const next = turns.slice(index + 1).find((turn) => turn.role !== 'system');
  return next === undefined || next.role === 'assistant';
}

/** Where the API has no place for the system, its words stand with the user's, marked as what they are. */
function inWordsOfUser(block: JsonObject): JsonObject {
  return typeof block.text === 'string' ? { ...block, text: `<system>\n${block.text}\n</system>` } : block;
}

/** The API refuses white space at the end of what the assistant is to go on from. */
function trimPrefill(messages: Message[], turns: readonly Turn[], losses: Losses): void {
  const last = messages.at(-1);
  const block = last?.role === 'assistant' ? last.content.at(-1) : undefined;
  if (last === undefined || block?.type !== 'text' || typeof block.text !== 'string') return;
  const text = block.text.trimEnd();
  if (text === block.text) return;
  last.content[last.content.length - 1] = { ...block, text };
  losses.change(turns.at(-1)?.parts.at(-1)?.at ?? '');
}
