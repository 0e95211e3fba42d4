import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventStreamReader } from './event-stream-reader.ts';

function read(chunks: readonly Uint8Array[], charactersMax = 10_000) {
  const events: [string, string][] = [];
  const reader = createEventStreamReader((name, data) => events.push([name, data]), charactersMax);
  for (const chunk of chunks) reader.push(chunk);
  return { events, position: reader.position() };
}

const text = (value: string) => [Buffer.from(value)];

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

describe('a stream of events', () => {
  it('is read the same wherever it is cut, with every line end', () => {
    const line = fc.stringMatching(/^[a-zé漢😀{}": ]{0,12}$/u);
    const event = fc.record({
      name: fc.stringMatching(/^[a-z_]{1,8}$/),
      lines: fc.array(line, { minLength: 1, maxLength: 3 }),
    });
    const ends = fc.constantFrom('\n', '\r\n', '\r');
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 5 }),
        ends,
        fc.array(fc.nat(), { maxLength: 12 }),
        (events, end, places) => {
          const written = events.map(({ name, lines }) =>
            [`event: ${name}`, ': a comment', 'id: 7', ...lines.map((value) => `data: ${value}`), '', ''].join(end),
          );
          const expected = events.map(({ name, lines }) => [name, lines.join('\n')]);
          const result = read(cut(Buffer.from(written.join('')), places));
          expect(result.events).toEqual(expected);
          expect(result.position).toBe('between_events');
        },
      ),
    );
  });

  it('needs no space after the colon and may begin with a byte order mark', () => {
    expect(read([Buffer.from([0xef, 0xbb, 0xbf]), ...text('event:a\ndata:{"x":1}\n\n')]).events).toEqual([
      ['a', '{"x":1}'],
    ]);
  });

  it('does not give out an event that is not complete', () => {
    expect(read(text('event: a\ndata: {}\n'))).toEqual({ events: [], position: 'line_start' });
    expect(read(text('event: a\ndata: {'))).toEqual({ events: [], position: 'in_line' });
    expect(read(text('event: a\n\n'))).toEqual({ events: [], position: 'between_events' });
  });

  it('is given up when one event is longer than its bound', () => {
    const result = read([...text('data: 1\n\ndata: '), ...Array.from({ length: 30 }, () => Buffer.alloc(1_000, 120))]);
    expect(result).toEqual({ events: [['', '1']], position: 'lost' });
  });
});
