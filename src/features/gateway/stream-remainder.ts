import { type JsonValue, stringMember } from '#foundation/json';
import { plainTextDelta } from './message-tap.ts';

/**
 * What a stream's raw text holds besides the texts of its blocks: the lines of plain text deltas are left out when
 * their pieces, one after the other, are exactly those texts. Otherwise the raw text as it is. Most of a stream is
 * framing around such pieces, and nothing can hide in it.
 */
export function streamRemainder(raw: string, blocks: readonly JsonValue[]): string {
  const pieces: string[] = [];
  const rest: string[] = [];
  for (const line of raw.split('\n')) {
    if (line === DELTA_NAME) continue;
    const piece = line.startsWith(DATA) ? plainTextDelta(line.slice(DATA.length)) : undefined;
    if (piece === undefined) rest.push(line);
    else pieces.push(piece.text);
  }
  const texts = blocks.map((block) => (stringMember(block, 'type') === 'text' ? stringMember(block, 'text') : ''));
  return pieces.join('') === texts.join('') ? rest.join('\n') : raw;
}

const DELTA_NAME = 'event: content_block_delta';
const DATA = 'data: ';
