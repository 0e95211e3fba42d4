import { describe, expect, it } from 'vitest';
import { createArrayFramingFilter } from './array-framing-filter.ts';

function framed(stream: string, cut: number): string {
  const filter = createArrayFramingFilter();
  const bytes = Buffer.from(stream);
  let text = '';
  for (let at = 0; at < bytes.length; at += cut) text += filter.pass(bytes.subarray(at, at + cut)).toString('utf8');
  return text + filter.rest().toString('utf8');
}

describe('a Gemini stream for a client that takes arrays', () => {
  it('is one JSON array of its events, wherever it is cut', () => {
    const stream = 'data: {"a": 1.50}\r\n\r\ndata: {"b":"é"}\n\n';
    for (let cut = 1; cut <= 40; cut++) expect(framed(stream, cut)).toBe('[{"a": 1.50},\r\n{"b":"é"}]');
  });

  it('is an empty array when nothing came', () => {
    expect(framed('', 1)).toBe('[]');
  });
});
