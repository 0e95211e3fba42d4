import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toolUsesOf } from './content-blocks.ts';
import { createContentDecoder } from './content-decoder.ts';
import { createStreamTap, createWholeTap, plainTextDelta } from './message-tap.ts';

const event = (type: string, more: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;

const STREAM = Buffer.from(
  [
    event('message_start', {
      message: {
        id: 'msg_1',
        model: 'claude-served',
        usage: { input_tokens: 12, output_tokens: 1, cache_read_input_tokens: 5 },
      },
    }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    event('ping'),
    event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Grüße, ' } }),
    event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: '世界 😀' } }),
    event('content_block_stop', { index: 0 }),
    event('content_block_start', {
      index: 1,
      content_block: { type: 'tool_use', id: 'toolu_1', name: 'read', input: {} },
    }),
    event('content_block_delta', { index: 1, delta: { type: 'input_json_delta', partial_json: '' } }),
    event('content_block_delta', { index: 1, delta: { type: 'input_json_delta', partial_json: '{"path":"/t' } }),
    event('content_block_delta', { index: 1, delta: { type: 'input_json_delta', partial_json: 'mp"}' } }),
    event('content_block_stop', { index: 1 }),
    event('content_block_start', {
      index: 2,
      content_block: { type: 'tool_use', id: 'toolu_2', name: 'now', input: {} },
    }),
    event('content_block_stop', { index: 2 }),
    event('message_delta', {
      delta: { stop_reason: 'tool_use' },
      usage: { output_tokens: 33, cache_read_input_tokens: null },
    }),
    event('message_stop'),
  ].join(''),
);

function tapped(bytes: Buffer, places: readonly number[] = [], keepContent = true) {
  const tap = createStreamTap(keepContent);
  let start = 0;
  for (const end of [...places.map((place) => place % bytes.length).sort((a, b) => a - b), bytes.length]) {
    tap.push(bytes.subarray(start, end));
    start = end;
  }
  return tap.result();
}

describe('a delta of plain text', () => {
  const delta = (text: string, index = 0) =>
    JSON.stringify({ type: 'content_block_delta', index, delta: { type: 'text_delta', text } });

  it('is read as the parser reads it, whatever its text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(), (text, index) => {
        const plain = plainTextDelta(delta(text, index));
        if (plain !== undefined) expect(plain).toEqual({ index, text });
      }),
    );
    expect(plainTextDelta(delta('Grüße, 世界 😀', 3))).toEqual({ index: 3, text: 'Grüße, 世界 😀' });
    expect(plainTextDelta(delta('padded').replace(/\}$/, '     }'))).toEqual({ index: 0, text: 'padded' });
  });

  it.each([
    delta('a "quoted" word'),
    delta('two\nlines'),
    delta('text').replace('"text":"text"', '"text":"text","more":"x"'),
    delta('text').replace('"index":0', '"index":-1'),
    '{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}}',
  ])('holds nothing else, so the parser is asked: %s', (data) => {
    expect(plainTextDelta(data)).toBeUndefined();
  });
});

describe('the tap beside a stream', () => {
  it('reads usage, model, text and tool uses, wherever the bytes are cut', () => {
    const expected = tapped(STREAM);
    expect(expected).toMatchObject({ model: 'claude-served', stopReason: 'tool_use', isComplete: true, error: null });
    expect(expected.blocks[0]).toEqual({ type: 'text', text: 'Grüße, 世界 😀' });
    expect(toolUsesOf(expected.blocks)).toEqual([
      { tool_use_id: 'toolu_1', tool_name: 'read', input: { path: '/tmp' } },
      { tool_use_id: 'toolu_2', tool_name: 'now', input: {} },
    ]);
    const usage = expected.usage;
    expect([usage.inputTokens, usage.outputTokens, usage.cacheReadTokens]).toEqual([12, 33, 5]);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 30 }), (places) => {
        expect(tapped(STREAM, places)).toEqual(expected);
      }),
    );
  });

  it('knows ids and usage of a stream whose content it does not keep', () => {
    const result = tapped(STREAM, [], false);
    expect(toolUsesOf(result.blocks).map((use) => use.tool_use_id)).toEqual(['toolu_1', 'toolu_2']);
    expect(result.blocks[0]).toEqual({ type: 'text', text: '' });
    expect(result.usage.outputTokens).toBe(33);
  });

  it('tells a stream that was cut from one that ended, and keeps what it saw', () => {
    const cut = tapped(STREAM.subarray(0, STREAM.indexOf('event: message_delta')));
    expect([cut.isComplete, cut.usage.inputTokens, cut.stopReason]).toEqual([false, 12, null]);
  });

  it('keeps the upstream’s error and arguments that are no JSON', () => {
    const error = event('error', { error: { type: 'overloaded_error', message: 'Overloaded' } });
    expect(tapped(Buffer.from(error)).error).toBe('overloaded_error: Overloaded');
    const start = event('content_block_start', {
      index: 0,
      content_block: { type: 'tool_use', id: 't', name: 'n', input: {} },
    });
    const half = event('content_block_delta', {
      index: 0,
      delta: { type: 'input_json_delta', partial_json: '{"half":' },
    });
    expect(toolUsesOf(tapped(Buffer.from(start + half)).blocks)).toMatchObject([{ input: '{"half":' }]);
  });

  it('bounds what it keeps of endless arguments', () => {
    const start = event('content_block_start', {
      index: 0,
      content_block: { type: 'tool_use', id: 't', name: 'n', input: {} },
    });
    const delta = event('content_block_delta', {
      index: 0,
      delta: { type: 'input_json_delta', partial_json: 'x'.repeat(10_000) },
    });
    const [use] = toolUsesOf(tapped(Buffer.from(start + delta.repeat(50))).blocks);
    expect(use?.input).toMatchObject({ truncated: true, characters: 500_000 });
    expect(JSON.stringify(use).length).toBeLessThan(10_000);
  });

  it('shrugs at events that are no JSON, and at those it does not know', () => {
    expect(
      tapped(Buffer.from(`event: message_delta\ndata: {broken\n\n${event('novel', { x: 1 })}${event('message_stop')}`))
        .isComplete,
    ).toBe(true);
  });
});

describe('the tap beside a whole answer', () => {
  it('reads a message', () => {
    const tap = createWholeTap();
    const body = {
      type: 'message',
      model: 'm',
      stop_reason: 'end_turn',
      usage: { input_tokens: 3, output_tokens: 4 },
      content: [{ type: 'text', text: 'hi' }],
    };
    const bytes = Buffer.from(JSON.stringify(body));
    tap.push(bytes.subarray(0, 20));
    tap.push(bytes.subarray(20));
    expect(tap.result()).toMatchObject({ model: 'm', stopReason: 'end_turn', isComplete: true, blocks: body.content });
  });

  it('reads an error, and nothing from a page', () => {
    const error = createWholeTap();
    error.push(Buffer.from('{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}'));
    expect(error.result().error).toBe('rate_limit_error: slow down');
    const page = createWholeTap();
    page.push(Buffer.from('<html>bad gateway</html>'));
    expect(page.result()).toMatchObject({ isComplete: false, error: null });
  });
});

describe('an answer that a proxy compressed', () => {
  const encodings = { gzip: gzipSync, br: brotliCompressSync, zstd: zstdCompressSync };
  for (const [encoding, compress] of Object.entries(encodings)) {
    it(`is read all the same (${encoding})`, async () => {
      const tap = createStreamTap(true);
      const decoder = createContentDecoder(encoding, (chunk) => tap.push(chunk));
      const bytes = compress(STREAM);
      decoder?.push(bytes.subarray(0, 50));
      decoder?.push(bytes.subarray(50));
      await decoder?.end();
      expect(tap.result()).toEqual(tapped(STREAM));
    });
  }

  it('is not decoded when it is torn or a bomb, and nobody waits for it', async () => {
    let decoded = 0;
    const bomb = createContentDecoder('gzip', (chunk) => {
      decoded += chunk.length;
    });
    bomb?.push(gzipSync(Buffer.alloc(80_000_000)));
    await bomb?.end();
    expect(decoded).toBeLessThanOrEqual(33_554_432);
    const garbage = createContentDecoder('gzip', () => {});
    garbage?.push(Buffer.from('not gzip'));
    await garbage?.end();
    expect(createContentDecoder('novel', () => {})).toBeUndefined();
  });
});
