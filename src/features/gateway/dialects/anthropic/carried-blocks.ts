import { proofOf } from '#features/gateway/conversation/carried-proof';
import { isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';
import { isMadeHere } from './citations.ts';

/**
 * Places in a request of what this gateway itself once put into an answer, and no upstream knows: proofs of other
 * providers in thinking blocks, and citations without an index. A conversation that went over a converted route and
 * now goes over a native one has to lose them, or is refused. Each path names a block or a list of citations.
 */
export function carriedPlaces(body: JsonObject): readonly (readonly (string | number)[])[] {
  const places: (readonly (string | number)[])[] = [];
  const messages = Array.isArray(body.messages) ? body.messages : [];
  for (const [message, turn] of messages.entries()) {
    if (!isJsonObject(turn) || turn.role !== 'assistant' || !Array.isArray(turn.content)) continue;
    for (const [index, block] of turn.content.entries()) {
      const path = ['messages', message, 'content', index];
      if (isCarriedThinking(block)) places.push(path);
      else if (hasMadeCitation(block)) places.push([...path, 'citations']);
    }
  }
  return places;
}

function isCarriedThinking(block: JsonValue): boolean {
  if (!isJsonObject(block)) return false;
  const proof = block.type === 'thinking' ? block.signature : block.type === 'redacted_thinking' ? block.data : null;
  return typeof proof === 'string' && proofOf(proof, 'anthropic', 'signature').dialect !== 'anthropic';
}

function hasMadeCitation(block: JsonValue): boolean {
  if (!isJsonObject(block) || !Array.isArray(block.citations)) return false;
  return block.citations.some((citation: JsonValue) => isJsonObject(citation) && isMadeHere(citation));
}
