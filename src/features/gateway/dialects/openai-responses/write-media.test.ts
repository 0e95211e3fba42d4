import { describe, expect, it } from 'vitest';
import { createLosses } from '#features/gateway/conversation/losses';
import type { Part } from '#features/gateway/conversation/part';
import { conversationOf, targetOf } from '#tests/support/dialects';
import { writeRequest } from './write-request.ts';

describe('documents towards a Responses upstream', () => {
  const document = (source: object, more: object = {}): Part =>
    ({
      type: 'document',
      source,
      title: null,
      context: null,
      wantsCitations: null,
      cache: null,
      at: 'd',
      ...more,
    }) as Part;
  const written = (part: Part) => {
    const losses = createLosses();
    const conversation = conversationOf('anthropic', { turns: [{ role: 'user', parts: [part], at: 'user' }] });
    const body = JSON.parse(JSON.stringify(writeRequest(conversation, targetOf(), losses)));
    const report = losses.report();
    return [body.input[0].content[0], [...report.dropped], [...report.changed]];
  };

  it('are files, or words where they are text', () => {
    const pdf = { kind: 'inline', mediaType: 'application/pdf', base64: 'aGk=' };
    expect(written(document(pdf, { title: 'a.pdf' }))).toEqual([
      { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,aGk=' },
      [],
      [],
    ]);
    expect(written(document({ kind: 'url', url: 'https://a.example/b.pdf', mediaType: null }, { title: 'B' }))).toEqual(
      [{ type: 'input_file', file_url: 'https://a.example/b.pdf' }, ['d.title'], []],
    );
    expect(
      written(document({ kind: 'text', text: 'Words' }, { title: 'T', context: { value: 'C', at: 'd.context' } })),
    ).toEqual([{ type: 'input_text', text: 'T\n\nC\n\nWords' }, [], ['d']]);
    expect(written(document({ kind: 'inline', mediaType: 'text/csv', base64: 'YSxi' }))).toEqual([
      { type: 'input_text', text: 'a,b' },
      [],
      ['d'],
    ]);
    expect(
      written(
        document(pdf, { wantsCitations: { value: true, at: 'd.citations' }, context: { value: 'C', at: 'd.context' } }),
      )[1],
    ).toEqual(['d.citations', 'd.context']);
  });
});
