import { describe, expect, it } from 'vitest';
import { createStreamTap } from './message-tap.ts';
import { streamRemainder } from './stream-remainder.ts';

const event = (type: string, more: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const start = (index: number, text = '') =>
  event('content_block_start', { index, content_block: { type: 'text', text } });
const delta = (index: number, text: string) =>
  event('content_block_delta', { index, delta: { type: 'text_delta', text } });

function remainder(raw: string): string {
  const tap = createStreamTap(true);
  tap.push(Buffer.from(raw));
  return streamRemainder(raw, tap.result().blocks);
}

describe('what remains of a stream without the texts of its blocks', () => {
  it('is its framing and everything that is not such a text', () => {
    const raw = [start(0), delta(0, 'an'), delta(0, 'swer'), start(1), delta(1, 'more'), ': a comment\n\n'].join('');
    const rest = remainder(raw);
    expect(rest).not.toMatch(/answer|swer|more|content_block_delta/);
    expect(rest).toContain(': a comment');
    expect(rest).toContain('content_block_start');
  });

  it('keeps a delta that says more than its text, and one that needs a parser', () => {
    const odd = delta(0, 'x').replace('"text":"x"', '"text":"x","note":"hidden"');
    expect(remainder([start(0), odd, delta(0, 'a\nb')].join(''))).toMatch(/hidden[\s\S]*a\\nb/);
  });

  it.each([
    ['of a block that never began', delta(7, 'unseen')],
    ['of a block that began with a text', [start(0, 'begun '), delta(0, 'unseen')].join('')],
    ['of blocks that take turns', [start(0), start(1), delta(1, 'unseen'), delta(0, 'first')].join('')],
  ])('is the whole text when a piece stands in no block as it came: %s', (_case, raw) => {
    expect(remainder(raw)).toBe(raw);
  });
});
