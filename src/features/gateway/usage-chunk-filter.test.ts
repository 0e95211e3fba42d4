import { describe, expect, it } from 'vitest';
import { createUsageChunkFilter } from './usage-chunk-filter.ts';

const text = 'data: {"choices":[{"delta":{"content":"é \\"choices\\":[] \\"usage\\":{"}}]}\n\n';
const usage = 'data: {"id":"x","choices":[],"usage":{"prompt_tokens":1}}\n\n';
const done = 'data: [DONE]\n\n';

function filtered(stream: string, cut: number): string {
  const filter = createUsageChunkFilter();
  const bytes = Buffer.from(stream);
  const passed: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += cut) passed.push(Buffer.from(filter.pass(bytes.subarray(at, at + cut))));
  return Buffer.concat([...passed, filter.rest()]).toString('utf8');
}

describe('a stream whose client did not ask for the usage', () => {
  it('loses that one chunk and nothing else, wherever it is cut', () => {
    for (let cut = 1; cut <= 120; cut++) expect(filtered(text + usage + done, cut)).toBe(text + done);
  });

  it('keeps comments, carriage returns and what comes without a blank line at the end', () => {
    const stream = `: ping\n\n${text.replaceAll('\n', '\r\n')}${usage.replaceAll('\n', '\r\n')}data: {"half":`;
    expect(filtered(stream, 7)).toBe(`: ping\n\n${text.replaceAll('\n', '\r\n')}data: {"half":`);
  });

  it('passes events on that are too long to be the usage without waiting for their end', () => {
    const filter = createUsageChunkFilter();
    const long = Buffer.from(`data: ${'x'.repeat(20_000)}`);
    expect(filter.pass(long).equals(long)).toBe(true);
  });
});
