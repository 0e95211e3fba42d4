import type { Part } from '#features/gateway/conversation/part';

/**
 * What a client that keeps each chunk of a stream as a content of its own sends back for one turn: texts and thoughts
 * in pieces, which are put together again, so that other providers find a signature on the thoughts that it signs.
 */
export function joinPieces(before: readonly Part[], after: readonly Part[]): Part[] {
  const parts = [...before];
  for (const part of after) addPiece(parts, part);
  return parts;
}

function addPiece(parts: Part[], part: Part): void {
  const last = parts.at(-1);
  const joined = last === undefined ? undefined : (joinedText(last, part) ?? signed(last, part));
  if (joined === undefined) parts.push(part);
  else parts[parts.length - 1] = joined;
}

/** Joins signatures only: a client that gathers the parts of a stream in one content keeps the rest as it was. */
export function joinSignatures(sent: readonly Part[]): readonly Part[] {
  const parts: Part[] = [];
  for (const part of sent) {
    const last = parts.at(-1);
    const joined = last === undefined ? undefined : signed(last, part);
    if (joined === undefined) parts.push(part);
    else parts[parts.length - 1] = joined;
  }
  return parts;
}

function joinedText(last: Part, part: Part): Part | undefined {
  if (last.type === 'text' && part.type === 'text') return { ...last, text: last.text + part.text };
  if (last.type !== 'reasoning' || part.type !== 'reasoning' || last.proof !== null) return undefined;
  return part.proof === null ? { ...last, text: last.text + part.text } : undefined;
}

/** Thoughts, and the signature that came right behind them. */
function signed(last: Part, part: Part): Part | undefined {
  if (last.type !== 'reasoning' || part.type !== 'reasoning' || last.proof !== null) return undefined;
  const { proof, text } = part;
  return text === '' && proof?.kind === 'signature' && proof.dialect !== 'gemini' ? { ...last, proof } : undefined;
}

/** Parts that say something: an empty text is what the last chunk of a stream ends with. */
export function spoken(parts: readonly Part[]): readonly Part[] {
  const saying = parts.filter((part) => part.type !== 'text' || part.text !== '');
  return saying.length === 0 ? parts : saying;
}
