import type { ReasoningPart } from '#features/gateway/conversation/part';
import type { JsonObject } from '#foundation/json';
import { ownDetail } from './reasoning-details.ts';
import { memberAt } from './request-place.ts';
import type { Writing } from './writing.ts';

/** Earlier reasoning of one turn: members of its message, or parts before its text. */
export type Replay = { readonly members: JsonObject; readonly parts: readonly JsonObject[] };

const NOTHING: Replay = { members: {}, parts: [] };

/** As the upstream takes it back, if it does; tells of what it does not. Proofs of others mean nothing to it. */
export function writeReplay(reasoning: readonly ReasoningPart[], { accent, losses }: Writing): Replay {
  if (reasoning.length === 0) return NOTHING;
  switch (accent.replay) {
    case null:
      for (const { at } of reasoning) losses.drop(at);
      return NOTHING;
    case 'reasoning_details':
      return replayDetails(reasoning, losses);
    case 'reasoning_content':
    case 'reasoning': {
      const text = plainText(reasoning, losses);
      return text === '' ? NOTHING : { ...NOTHING, members: { [accent.replay]: text } };
    }
    case 'thinking_parts': {
      const text = plainText(reasoning, losses);
      const part = { type: 'thinking', thinking: [{ type: 'text', text }], closed: true };
      return text === '' ? NOTHING : { ...NOTHING, parts: [part] };
    }
  }
}

/** Entries that OpenRouter gave go back as they came; thinking of others goes without its proof. */
function replayDetails(reasoning: readonly ReasoningPart[], losses: Writing['losses']): Replay {
  const own = reasoning.filter(({ proof }) => proof?.dialect === 'openai-chat');
  const plain = plainText(
    reasoning.filter(({ proof }) => proof?.dialect !== 'openai-chat'),
    losses,
  );
  const details = own.flatMap(({ text, proof }): readonly JsonObject[] => {
    const detail = proof === null ? undefined : ownDetail(text, proof);
    return detail === undefined ? [] : [detail];
  });
  return {
    ...NOTHING,
    members: {
      ...(plain === '' ? {} : { reasoning: plain }),
      ...(details.length === 0 ? {} : { reasoning_details: details }),
    },
  };
}

/** Thinking needs no proof here; what has nothing but a proof is left out. */
function plainText(reasoning: readonly ReasoningPart[], losses: Writing['losses']): string {
  for (const { text, proof, at } of reasoning) {
    if (text === '') losses.drop(at);
    else if (proof !== null) losses.drop(memberAt(at, 'signature'));
  }
  return reasoning.map(({ text }) => text).join('');
}
