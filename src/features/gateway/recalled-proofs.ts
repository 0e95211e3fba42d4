import type { Conversation } from './conversation/conversation.ts';
import type { Part, ReasoningProof } from './conversation/part.ts';
import type { ProofMemory } from './proof-memory.ts';

/** What is remembered of one caller's conversations. */
export type CallerProofs = {
  remember(callId: string, proof: ReasoningProof): void;
  recall(callId: string): ReasoningProof | null;
};

export function callerProofs(memory: ProofMemory, tenantId: string, userId: string): CallerProofs {
  const owner = `${tenantId}\n${userId}`;
  return {
    remember: (callId, proof) => memory.remember(owner, callId, proof),
    recall: (callId) => memory.recall(owner, callId),
  };
}

/** The conversation with the proofs of its tool calls, which most clients leave out when they send them back. */
export function withRecalledProofs(conversation: Conversation, proofs: CallerProofs): Conversation {
  const recalled = (part: Part): Part =>
    part.type === 'tool_call' && part.proof === null ? { ...part, proof: proofs.recall(part.id) } : part;
  const turns = conversation.turns.map((turn) =>
    turn.role === 'assistant' ? { ...turn, parts: turn.parts.map(recalled) } : turn,
  );
  return { ...conversation, turns };
}
