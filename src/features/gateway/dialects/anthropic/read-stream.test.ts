import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import { createToolNames } from '#features/gateway/conversation/tool-names';
import { collected, targetOf } from '#tests/support/dialects';
import { createStreamReader } from './read-stream.ts';

const START = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    model: 'claude-x',
    usage: { input_tokens: 10, cache_read_input_tokens: 4, output_tokens: 1 },
  },
};
const STOP = { type: 'message_stop' };

function delta(stopReason: string, usage: object = { output_tokens: 5 }) {
  return { type: 'message_delta', delta: { stop_reason: stopReason, stop_sequence: null }, usage };
}

function open(index: number, block: object) {
  return { type: 'content_block_start', index, content_block: block };
}

function piece(index: number, value: object) {
  return { type: 'content_block_delta', index, delta: value };
}

function close(index: number) {
  return { type: 'content_block_stop', index };
}

function read(events: readonly (object | string)[], isNamed = true, target = targetOf()): readonly AnswerEvent[] {
  const made: AnswerEvent[] = [];
  const reader = createStreamReader((event) => made.push(event), target);
  for (const event of events) {
    const name = isNamed && typeof event === 'object' && 'type' in event ? String(event.type) : '';
    reader.event(name, typeof event === 'string' ? event : JSON.stringify(event));
  }
  reader.end();
  return made;
}

const text = (index: number, words: string) => [
  open(index, { type: 'text', text: '', citations: null }),
  piece(index, { type: 'text_delta', text: words }),
  close(index),
];

describe('a stream of an upstream that speaks the Messages API', () => {
  it.each([true, false])('is read with and without names of events (%s)', (isNamed) => {
    const events = read([START, ...text(0, 'Hello'), delta('end_turn'), STOP], isNamed);
    expect(collected(events)).toMatchObject({
      id: 'msg_1',
      model: 'claude-x',
      parts: [{ type: 'text', text: 'Hello' }],
      stop: { reason: 'end' },
      usage: { inputTokens: 10, cacheReadTokens: 4, outputTokens: 5 },
    });
  });

  it('passes over pings, unknown events and unknown pieces', () => {
    const events = read([
      { type: 'ping' },
      START,
      open(0, { type: 'text', text: '' }),
      { type: 'something_new', value: 1 },
      piece(0, { type: 'something_delta', what: 'x' }),
      piece(7, { type: 'text_delta', text: 'nowhere' }),
      piece(0, { type: 'text_delta', text: 'Hi' }),
      close(0),
      close(0),
      '[DONE]',
      '',
      delta('end_turn'),
      STOP,
      ...text(1, 'after the end'),
    ]);
    expect(collected(events).parts).toMatchObject([{ type: 'text', text: 'Hi' }]);
    expect(events.filter((event) => event.type === 'finish')).toHaveLength(1);
    expect(events.at(-1)?.type).toBe('finish');
  });

  it('takes the last of the running totals, and keeps what a later report leaves out', () => {
    const events = read([
      START,
      delta('end_turn', { output_tokens: 5 }),
      delta('end_turn', { output_tokens: 9, input_tokens: 12, cache_read_input_tokens: null }),
      STOP,
    ]);
    expect(events.at(-1)).toMatchObject({ usage: { inputTokens: 12, outputTokens: 9, cacheReadTokens: 4 } });
  });

  it('keeps thinking with its signature, a signature alone, and hidden thinking', () => {
    const events = read([
      START,
      open(0, { type: 'thinking', thinking: '', signature: '' }),
      piece(0, { type: 'thinking_delta', thinking: 'Hm.' }),
      piece(0, { type: 'signature_delta', signature: 'c2ln' }),
      close(0),
      open(1, { type: 'thinking', thinking: '', signature: '' }),
      piece(1, { type: 'signature_delta', signature: 'YWxvbmU=' }),
      close(1),
      open(2, { type: 'redacted_thinking', data: 'aGlk' }),
      close(2),
      delta('end_turn'),
      STOP,
    ]);
    const proof = { dialect: 'anthropic', id: null };
    expect(collected(events).parts).toMatchObject([
      { type: 'reasoning', text: 'Hm.', proof: { ...proof, kind: 'signature', value: 'c2ln' } },
      { type: 'reasoning', text: '', proof: { ...proof, kind: 'signature', value: 'YWxvbmU=' } },
      { type: 'reasoning', text: '', proof: { ...proof, kind: 'hidden', value: 'aGlk' } },
    ]);
  });

  it('joins the arguments of a call as they came, digits and all, and gives it the client’s name back', () => {
    const toolNames = createToolNames();
    const outward = toolNames.outward('my tool', 64);
    const events = read(
      [
        START,
        open(0, { type: 'tool_use', id: 'toolu_a', name: outward, input: {} }),
        piece(0, { type: 'input_json_delta', partial_json: '' }),
        piece(0, { type: 'input_json_delta', partial_json: '{"id":123456789' }),
        piece(0, { type: 'input_json_delta', partial_json: '01234567890}' }),
        close(0),
        delta('tool_use'),
        STOP,
      ],
      true,
      targetOf({ toolNames }),
    );
    expect(collected(events)).toMatchObject({
      parts: [{ type: 'tool_call', id: 'toolu_a', name: 'my tool', argumentsText: '{"id":12345678901234567890}' }],
      stop: { reason: 'tool_use' },
    });
  });

  it('takes arguments that came whole with the start, and none for none', () => {
    const whole =
      '{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"n","input":{"id":12345678901234567890}}}';
    const events = read([
      START,
      whole,
      close(0),
      open(1, { type: 'tool_use', name: 'n' }),
      close(1),
      delta('tool_use'),
      STOP,
    ]);
    expect(collected(events).parts).toMatchObject([
      { id: 'a', argumentsText: '{"id":12345678901234567890}' },
      { id: 'toolu_1', argumentsText: '{}' },
    ]);
  });

  it('puts blocks in order that come interleaved, with their citations, and closes what nobody closed', () => {
    const cited = { type: 'char_location', cited_text: 'q', document_index: 0, end_char_index: 4, start_char_index: 1 };
    const events = read([
      START,
      open(0, { type: 'tool_use', id: 'a', name: 'n', input: {} }),
      open(1, { type: 'text', text: 'be' }),
      piece(1, { type: 'citations_delta', citation: cited }),
      piece(0, { type: 'input_json_delta', partial_json: '{"x"' }),
      piece(1, { type: 'text_delta', text: 'tween' }),
      piece(0, { type: 'input_json_delta', partial_json: ':1}' }),
      delta('tool_use'),
      STOP,
    ]);
    expect(collected(events).parts).toMatchObject([
      { type: 'tool_call', argumentsText: '{"x":1}' },
      { type: 'text', text: 'between', citations: [{ kind: 'document', quote: 'q', native: { value: cited } }] },
    ]);
  });

  it('takes a block for a new one where an index comes again, and blocks without an index in order', () => {
    const events = read([
      START,
      ...text(0, 'one'),
      ...text(0, 'two'),
      open(0, { type: 'text', text: 'three' }),
      open(0, { type: 'text', text: 'four' }),
      delta('end_turn'),
      STOP,
    ]);
    expect(collected(events).parts.map((part) => (part.type === 'text' ? part.text : ''))).toEqual([
      'one',
      'two',
      'three',
      'four',
    ]);
  });

  it('keeps whole what only this API has, input in pieces included', () => {
    const result = { type: 'web_search_tool_result', tool_use_id: 's1', content: [{ type: 'web_search_result' }] };
    const events = read([
      START,
      open(0, { type: 'server_tool_use', id: 's1', name: 'web_search', input: {} }),
      piece(0, { type: 'input_json_delta', partial_json: '{"query":' }),
      piece(0, { type: 'input_json_delta', partial_json: '"x"}' }),
      close(0),
      open(1, result),
      close(1),
      open(2, { type: 'compaction', content: null }),
      piece(2, { type: 'compaction_delta', content: 'Summary' }),
      close(2),
      delta('pause_turn'),
      STOP,
    ]);
    expect(collected(events)).toMatchObject({
      parts: [
        {
          type: 'native',
          kind: 'server_tool_use',
          value: { type: 'server_tool_use', id: 's1', name: 'web_search', input: { query: 'x' } },
        },
        { type: 'native', kind: 'web_search_tool_result', value: result },
        { type: 'native', kind: 'compaction', value: { type: 'compaction', content: 'Summary' } },
      ],
      stop: { reason: 'paused' },
    });
  });

  it('begins by itself where the upstream forgot to', () => {
    const events = read([...text(0, 'Hello'), delta('end_turn'), STOP]);
    expect(events[0]).toEqual({ type: 'start', id: null, model: null });
    expect(collected(events).parts).toMatchObject([{ text: 'Hello' }]);
  });

  it('is whole without its last event when it said how it stopped', () => {
    expect(read([START, ...text(0, 'Hello'), delta('max_tokens')]).at(-1)).toMatchObject({
      type: 'finish',
      stop: { reason: 'length' },
    });
  });

  it.each([
    ['before anything', []],
    ['after its start', [START]],
    ['in a block', [START, open(0, { type: 'text', text: '' }), piece(0, { type: 'text_delta', text: 'Hel' })]],
    ['after a block', [START, ...text(0, 'Hello')]],
  ])('is an error when it broke off %s', (_, events) => {
    const made = read(events);
    expect(made.at(-1)).toMatchObject({ type: 'error', error: { kind: 'server', status: 500 } });
    expect(made.some((event) => event.type === 'finish')).toBe(false);
  });

  it('is an error when an event in it cannot be read', () => {
    const made = read([START, '{"type":"content_block_delta","index":0,"del', delta('end_turn'), STOP]);
    expect(made.at(-1)).toMatchObject({ type: 'error', error: { message: expect.stringContaining('not JSON') } });
  });

  it('ends at an error event, with its kind and its words', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    expect(read([START, error, ...text(0, 'late'), delta('end_turn'), STOP]).at(-1)).toEqual({
      type: 'error',
      error: {
        kind: 'overloaded',
        status: 529,
        message: 'Overloaded',
        code: 'overloaded_error',
        param: null,
        retryAfterMs: null,
      },
    });
    const made: AnswerEvent[] = [];
    createStreamReader((event) => made.push(event), targetOf()).event('error', 'gone');
    expect(made).toMatchObject([{ type: 'error', error: { kind: 'server', message: 'gone' } }]);
  });

  it.each([
    'null',
    '[]',
    '1',
    '{}',
    '{"type":1}',
    '{"type":"content_block_start"}',
    '{"type":"content_block_start","index":"x","content_block":{"type":7}}',
    '{"type":"content_block_delta","index":0,"delta":null}',
    '{"type":"message_start","message":[]}',
    '{"type":"message_delta","delta":"x","usage":[1]}',
    '{"type":"content_block_stop","index":1e99}',
    `${'['.repeat(5_000)}`,
    `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":{"a":1},"citations":[1,{"url":2}]}}`,
  ])('survives %s', (data) => {
    expect(() => read([data, START, data, delta('end_turn'), data, STOP])).not.toThrow();
  });
});
