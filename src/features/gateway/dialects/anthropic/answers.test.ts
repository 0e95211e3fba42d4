import { describe, expect, it } from 'vitest';
import type { Answer, Stop, StopReason } from '#features/gateway/conversation/answer';
import { createToolNames } from '#features/gateway/conversation/tool-names';
import { NO_USAGE } from '#features/gateway/usage';
import { conversationOf, frameOf, targetOf } from '#tests/support/dialects';
import { readAnswer } from './read-answer.ts';
import { readUsage } from './usage.ts';
import { writeAnswer } from './write-answer.ts';

const frame = frameOf(conversationOf('anthropic'));

function message(members: object) {
  return { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-x', content: [], ...members };
}

function written(said: Partial<Answer>) {
  const stop: Stop = { reason: 'end', sequence: null, detail: null };
  return writeAnswer({ id: 'up', model: 'm', parts: [], stop, usage: NO_USAGE, ...said }, frame);
}

describe('an answer of an upstream that speaks the Messages API', () => {
  it('is read block by block, with the client’s names of tools', () => {
    const toolNames = createToolNames();
    const name = toolNames.outward('my tool', 64);
    const search = { type: 'server_tool_use', id: 's', name: 'web_search', input: {} };
    const answer = readAnswer(
      message({
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
          { type: 'redacted_thinking', data: 'aGlk' },
          { type: 'text', text: 'Hi', citations: [{ type: 'page_location', cited_text: 'q', document_title: 'T' }] },
          search,
          { type: 'tool_use', id: 'toolu_1', name, input: { a: 1 } },
          { type: 'tool_use', name },
          { no: 'type' },
          7,
        ],
        stop_reason: 'tool_use',
        usage: { input_tokens: 3, output_tokens: 5 },
      }),
      targetOf({ toolNames }),
    );
    expect(answer).toMatchObject({
      id: 'msg_1',
      model: 'claude-x',
      parts: [
        { type: 'reasoning', text: 'Hm.', proof: { kind: 'signature', value: 'c2ln' } },
        { type: 'reasoning', text: '', proof: { kind: 'hidden', value: 'aGlk' } },
        { type: 'text', text: 'Hi', citations: [{ kind: 'document', title: 'T', quote: 'q' }] },
        { type: 'native', kind: 'server_tool_use', value: search },
        { type: 'tool_call', id: 'toolu_1', name: 'my tool', argumentsText: '{"a":1}' },
        { type: 'tool_call', id: 'toolu_5', name: 'my tool', argumentsText: '{}' },
      ],
      stop: { reason: 'tool_use' },
      usage: { inputTokens: 3, outputTokens: 5 },
    });
  });

  it.each<[unknown, StopReason]>([
    ['end_turn', 'end'],
    ['max_tokens', 'length'],
    ['stop_sequence', 'stop_sequence'],
    ['tool_use', 'tool_use'],
    ['pause_turn', 'paused'],
    ['compaction', 'paused'],
    ['refusal', 'refusal'],
    ['model_context_window_exceeded', 'context_exceeded'],
    ['something_new', 'end'],
    [null, 'end'],
  ])('that stopped with %s stopped with %s', (word, reason) => {
    expect(readAnswer(message({ stop_reason: word }), targetOf()).stop.reason).toBe(reason);
  });

  it('stopped for its calls where it does not say so, and keeps the details and the sequence', () => {
    const call = { type: 'tool_use', id: 'a', name: 'n', input: {} };
    expect(readAnswer(message({ content: [call] }), targetOf()).stop.reason).toBe('tool_use');
    const details = { type: 'refusal', category: 'bio', explanation: null };
    expect(readAnswer(message({ stop_reason: 'refusal', stop_details: details }), targetOf()).stop.detail).toEqual(
      details,
    );
    expect(readAnswer(message({ stop_reason: 'stop_sequence', stop_sequence: 'END' }), targetOf()).stop.sequence).toBe(
      'END',
    );
    expect(readAnswer(message({ stop_reason: 'something_new' }), targetOf()).stop.detail).toBe('something_new');
  });

  it.each([null, 7, 'x', [], {}, { type: 'error', error: {} }, { content: 'x' }])('is none when it is %j', (body) => {
    expect(() => readAnswer(body, targetOf())).toThrow(
      expect.objectContaining({ kind: 'upstream', code: 'upstream_not_an_answer' }),
    );
  });
});

describe('an answer for a client of the Messages API', () => {
  it('has an id of its own, the model that was asked for, and every member that clients read', () => {
    expect(written({ usage: { ...NO_USAGE, outputTokens: 5 } })).toEqual({
      id: 'msg_req0f1e2d3c',
      type: 'message',
      role: 'assistant',
      model: 'asked-model',
      container: null,
      content: [],
      stop_reason: 'end_turn',
      stop_sequence: null,
      stop_details: null,
      usage: {
        input_tokens: 42,
        output_tokens: 5,
        cache_creation_input_tokens: null,
        cache_read_input_tokens: null,
        cache_creation: null,
        output_tokens_details: null,
        server_tool_use: null,
      },
    });
  });

  it('carries the proofs of other providers so that they come back whole', () => {
    const reasoning = { dialect: 'openai-responses', kind: 'hidden', value: 'ZW5j', id: 'rs_1' } as const;
    const proof = { dialect: 'gemini', kind: 'signature', value: 'Z2Vt', id: null } as const;
    const { content } = written({
      parts: [
        { type: 'reasoning', text: '', proof: reasoning, at: '' },
        { type: 'reasoning', text: 'Summary', proof: reasoning, at: '' },
        { type: 'tool_call', id: 'c', name: 'n', argumentsText: '{"a":1}', proof, cache: null, at: '' },
      ],
    });
    expect(content).toMatchObject([
      { type: 'redacted_thinking', data: expect.stringMatching(/^sp1\.openai-responses\.hidden\./) },
      { type: 'thinking', thinking: 'Summary', signature: expect.stringMatching(/^sp1\./) },
      { type: 'tool_use', id: 'c', name: 'n', input: { a: 1 }, caller: { type: 'direct' } },
      { type: 'redacted_thinking', data: expect.stringMatching(/^sp1\.gemini\.signature\./) },
    ]);
  });

  it('keeps every digit of a call, and what of a call is no JSON', () => {
    const call = { type: 'tool_call', id: 'c', name: 'n', proof: null, cache: null, at: '' } as const;
    const text = JSON.stringify(
      written({
        parts: [
          { ...call, argumentsText: '{"id":12345678901234567890}' },
          { ...call, argumentsText: '{"cut' },
        ],
      }),
    );
    expect(text).toContain('"input":{"id":12345678901234567890}');
    expect(text).toContain('"input":{"unparsed_arguments":"{\\"cut"}');
  });

  it('has no empty blocks, words where it can have no picture, and nothing of other providers’ own tools', () => {
    const source = { kind: 'inline', mediaType: 'image/png', base64: 'aGVsbG8=' } as const;
    const { content } = written({
      parts: [
        { type: 'text', text: '', citations: [], cache: null, at: '' },
        { type: 'reasoning', text: '', proof: null, at: '' },
        { type: 'refusal', text: '', at: '' },
        { type: 'native', dialect: 'openai-responses', kind: 'web_search_call', value: { type: 'x' }, at: '' },
        { type: 'image', source, detail: null, cache: null, at: '' },
        { type: 'reasoning', text: 'Unsigned', proof: null, at: '' },
      ],
    });
    expect(content).toEqual([
      { type: 'text', text: expect.stringContaining('an image'), citations: null },
      { type: 'thinking', thinking: 'Unsigned', signature: '' },
    ]);
  });

  it('cites in the nearest form, which comes back as nobody’s', () => {
    const citation = { title: 'T', quote: 'q', span: null, native: null } as const;
    const text = {
      type: 'text',
      text: 'x',
      citations: [
        { ...citation, kind: 'web', url: 'https://example.com' },
        { ...citation, kind: 'document', url: null },
      ],
      cache: null,
      at: '',
    } as const;
    const made = written({ parts: [text] });
    expect(made.content).toMatchObject([
      { citations: [{ type: 'web_search_result_location', url: 'https://example.com' }, { type: 'char_location' }] },
    ]);
    expect(readAnswer(made, targetOf()).parts).toMatchObject([
      {
        citations: [
          { kind: 'web', native: null },
          { kind: 'document', native: null },
        ],
      },
    ]);
  });

  it.each<[StopReason, string]>([
    ['end', 'end_turn'],
    ['length', 'max_tokens'],
    ['stop_sequence', 'stop_sequence'],
    ['tool_use', 'tool_use'],
    ['paused', 'pause_turn'],
    ['refusal', 'refusal'],
    ['context_exceeded', 'model_context_window_exceeded'],
    ['malformed_tool_call', 'end_turn'],
  ])('that stopped with %s says %s', (reason, word) => {
    expect(written({ stop: { reason, sequence: 'END', detail: null } })).toMatchObject({
      stop_reason: word,
      stop_sequence: reason === 'stop_sequence' ? 'END' : null,
    });
  });

  it('says why it was refused, in the upstream’s own word', () => {
    expect(written({ stop: { reason: 'refusal', sequence: null, detail: 'SAFETY' } }).stop_details).toEqual({
      type: 'refusal',
      category: null,
      explanation: 'SAFETY',
    });
    const refusal = { type: 'refusal', text: 'No.', at: '' } as const;
    expect(written({ parts: [refusal] })).toMatchObject({
      stop_reason: 'refusal',
      content: [{ type: 'text', text: 'No.' }],
    });
  });
});

describe('usage of the Messages API', () => {
  it.each([
    [undefined, {}],
    [[1], {}],
    [{ input_tokens: -1, output_tokens: 1.5 }, {}],
    [
      { input_tokens: 3, output_tokens: 5, cache_read_input_tokens: 7 },
      { inputTokens: 3, outputTokens: 5, cacheReadTokens: 7 },
    ],
    [{ cache_creation_input_tokens: 9 }, { cacheWrite5mTokens: 9, cacheWrite1hTokens: 0 }],
    [
      {
        cache_creation_input_tokens: 9,
        cache_creation: { ephemeral_1h_input_tokens: 4, ephemeral_5m_input_tokens: 5 },
      },
      { cacheWrite5mTokens: 5, cacheWrite1hTokens: 4 },
    ],
    [
      { output_tokens: 5, output_tokens_details: { thinking_tokens: 2 } },
      { outputTokens: 5, reasoningTokens: 2 },
    ],
    [{ server_tool_use: { web_search_requests: 2 } }, { webSearches: 2 }],
    [{ service_tier: 'standard' }, { serviceTier: null }],
    [{ service_tier: 'priority' }, { serviceTier: 'priority' }],
    [
      { service_tier: 'batch', speed: 'fast' },
      { serviceTier: 'batch', atListPrice: false },
    ],
  ])('of %j is %j', (usage, expected) => {
    expect(readUsage(usage)).toEqual({ ...NO_USAGE, ...expected });
  });
});
