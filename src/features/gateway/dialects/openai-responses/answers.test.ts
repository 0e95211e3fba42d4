import { describe, expect, it } from 'vitest';
import type { Answer, StopReason } from '#features/gateway/conversation/answer';
import type { Part } from '#features/gateway/conversation/part';
import { createToolNames } from '#features/gateway/conversation/tool-names';
import { NO_USAGE, type TokenUsage } from '#features/gateway/usage';
import { type JsonObject, type JsonValue, parseJsonPrecisely } from '#foundation/json';
import { conversationOf, frameOf, targetOf } from '#tests/support/dialects';
import { readAnswer } from './read-answer.ts';
import { readUsage } from './usage.ts';
import { writeAnswer } from './write-answer.ts';

const RESPONSE: JsonObject = {
  id: 'resp_68',
  object: 'response',
  status: 'completed',
  model: 'gpt-5-2025-08-07',
  service_tier: 'default',
  output: [
    { id: 'rs_1', type: 'reasoning', summary: [{ type: 'summary_text', text: 'Where?' }], encrypted_content: 'ZW5j' },
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [
        {
          type: 'output_text',
          text: 'Sunny.',
          annotations: [{ type: 'url_citation', url: 'https://a.example', title: 'A', start_index: 0, end_index: 5 }],
        },
      ],
    },
    { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: 'look_up', arguments: '{"id":12345678901234567890}' },
    { id: 'ctc_1', type: 'custom_tool_call', call_id: 'call_2', name: 'patch', input: 'a\n"b"' },
    { id: 'ws_1', type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'sky' } },
    {
      id: 'ws_2',
      type: 'web_search_call',
      status: 'completed',
      action: { type: 'open_page', url: 'https://a.example' },
    },
  ],
  usage: {
    input_tokens: 100,
    input_tokens_details: { cached_tokens: 60, cache_write_tokens: 10 },
    output_tokens: 40,
    output_tokens_details: { reasoning_tokens: 30 },
    total_tokens: 140,
  },
};

const read = (more: JsonObject = {}) => readAnswer({ ...RESPONSE, ...more }, targetOf());

describe('the answer of a Responses upstream', () => {
  it('has its parts in order, and every count', () => {
    expect(read()).toMatchObject({
      id: 'resp_68',
      model: 'gpt-5-2025-08-07',
      parts: [
        {
          type: 'reasoning',
          text: 'Where?',
          proof: { dialect: 'openai-responses', kind: 'hidden', value: 'ZW5j', id: 'rs_1' },
        },
        { type: 'text', text: 'Sunny.', citations: [{ kind: 'web', span: { start: 0, end: 5 } }] },
        { type: 'tool_call', id: 'call_1', name: 'look_up', argumentsText: '{"id":12345678901234567890}' },
        { type: 'tool_call', id: 'call_2', name: 'patch', argumentsText: '{"input":"a\\n\\"b\\""}' },
        { type: 'native', kind: 'web_search_call' },
        { type: 'native', kind: 'web_search_call' },
      ],
      stop: { reason: 'tool_use', detail: null },
      usage: {
        inputTokens: 30,
        cacheReadTokens: 60,
        cacheWrite5mTokens: 10,
        outputTokens: 40,
        reasoningTokens: 30,
        webSearches: 1,
      },
    });
  });

  const text = { type: 'message', content: [{ type: 'output_text', text: 'So' }] };
  const stops: readonly [string, JsonObject, StopReason, string | null][] = [
    ['its end', { output: [text] }, 'end', null],
    ['calls', {}, 'tool_use', null],
    [
      'the limit',
      { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
      'length',
      'max_output_tokens',
    ],
    [
      'a filter',
      { status: 'incomplete', incomplete_details: { reason: 'content_filter' } },
      'refusal',
      'content_filter',
    ],
    ['something new', { status: 'incomplete', incomplete_details: { reason: 'steered' } }, 'length', 'steered'],
    ['something untold', { status: 'incomplete', incomplete_details: null }, 'length', null],
    ['an end without a state', { status: null, output: [text] }, 'end', null],
  ];

  it.each(stops)('stops for %s', (_name, more, reason, detail) => {
    expect(read(more).stop).toEqual({ reason, sequence: null, detail });
  });

  it('has a refusal in words', () => {
    const output = [{ type: 'message', content: [{ type: 'refusal', refusal: 'No.' }] }];
    expect(read({ output }).parts).toEqual([{ type: 'refusal', text: 'No.', at: '' }]);
  });

  it('is read from servers that leave out what they can, or send what nobody knows', () => {
    const output: JsonValue[] = [
      null,
      7,
      {},
      { type: 'message', content: null },
      { type: 'message', content: [null, { type: 'output_text' }, { type: 'output_text', text: '' }] },
      { type: 'reasoning', id: 'rs_1', summary: [] },
      { type: 'function_call', name: 'a', arguments: '' },
      { type: 'function_call', id: 'fc_9', name: 'a', arguments: { b: 1 } },
    ];
    expect(read({ output, usage: undefined }).parts).toMatchObject([
      { type: 'tool_call', id: 'call_6', argumentsText: '{}' },
      { type: 'tool_call', id: 'fc_9', argumentsText: '{"b":1}' },
    ]);
  });

  it('has tools under the names that the client knows', () => {
    const toolNames = createToolNames();
    const outward = toolNames.outward('mcp.server/tool', 64);
    const output = [{ type: 'function_call', call_id: 'c', name: outward, arguments: '{}' }];
    expect(readAnswer({ ...RESPONSE, output }, targetOf({ toolNames })).parts).toMatchObject([
      { name: 'mcp.server/tool' },
    ]);
  });

  const none: readonly [string, JsonValue][] = [
    ['nothing', null],
    ['a list', []],
    ['a chat completion', { choices: [] }],
    ['an error', { error: { message: 'no' } }],
    ['a failure', { ...RESPONSE, status: 'failed', error: { code: 'server_error', message: 'it broke' } }],
    ['a beginning', { ...RESPONSE, status: 'in_progress' }],
    ['a queue', { ...RESPONSE, status: 'queued' }],
    ['an end by others', { ...RESPONSE, status: 'cancelled' }],
    ['nothing that was put out', { ...RESPONSE, output: null }],
  ];

  it.each(none)('is none when it is %s', (_name, body) => {
    expect(() => readAnswer(body, targetOf())).toThrow(
      expect.objectContaining({ kind: 'upstream', code: 'upstream_not_an_answer' }),
    );
  });
});

describe('the usage of a Responses upstream', () => {
  const rows: readonly [JsonValue, Partial<TokenUsage>][] = [
    [
      { input_tokens: 10, output_tokens: 2 },
      { inputTokens: 10, outputTokens: 2, cacheReadTokens: null, reasoningTokens: null },
    ],
    [
      { input_tokens: 10, input_tokens_details: { cached_tokens: 10 } },
      { inputTokens: 0, cacheReadTokens: 10, outputTokens: null },
    ],
    [
      { input_tokens: 10, input_tokens_details: { cached_tokens: 12 } },
      { inputTokens: 0, cacheReadTokens: 12 },
    ],
    [
      {
        input_tokens: 10,
        input_tokens_details: {
          cache_write_tokens: 4,
          cache_write_tokens_details: { ttl_12h_tokens: 3, ttl_30m_tokens: 1 },
        },
      },
      { inputTokens: 6, cacheWrite5mTokens: 1, cacheWrite1hTokens: 3 },
    ],
    [
      { input_tokens: 9, input_tokens_details: { audio_tokens: 4 } },
      { inputTokens: 9, audioInputTokens: 4 },
    ],
    [
      { input_tokens: -1, output_tokens: 1.5 },
      { inputTokens: null, outputTokens: null },
    ],
    [
      { input_tokens: '7', output_tokens: null, input_tokens_details: 7 },
      { inputTokens: null, outputTokens: null },
    ],
    [null, NO_USAGE],
    ['x', NO_USAGE],
    [[], NO_USAGE],
  ];

  it.each(rows)('is %j', (usage, expected) => {
    expect(readUsage(usage)).toMatchObject(expected);
  });

  it('has the tier that served it, and the searches that were told', () => {
    expect(read({ service_tier: 'priority' }).usage.serviceTier).toBe('priority');
    expect(read({ service_tier: 'default' }).usage.serviceTier).toBeNull();
    expect(read({ tool_usage: { web_search: { num_requests: 3 } } }).usage.webSearches).toBe(3);
  });
});

describe('the answer for a client of the Responses API', () => {
  const write = (parts: readonly Part[], reason: StopReason = 'end', usage: TokenUsage = NO_USAGE) => {
    const answer: Answer = { id: 'up', model: 'm', parts, stop: { reason, sequence: null, detail: null }, usage };
    return JSON.parse(JSON.stringify(writeAnswer(answer, frameOf(conversationOf('openai-responses')))));
  };
  const text = (said: string): Part => ({ type: 'text', text: said, citations: [], cache: null, at: '' });
  const call = (id: string): Part => ({
    type: 'tool_call',
    id,
    name: 'n',
    argumentsText: '{}',
    proof: null,
    cache: null,
    at: '',
  });

  it('says of itself all that clients read', () => {
    expect(write([text('So.')])).toMatchObject({
      id: 'resp_req0f1e2d3c',
      object: 'response',
      created_at: 1_790_000_000,
      model: 'asked-model',
      status: 'completed',
      error: null,
      incomplete_details: null,
      instructions: null,
      metadata: {},
      parallel_tool_calls: true,
      temperature: 1,
      top_p: 1,
      tool_choice: 'auto',
      tools: [],
      text: { format: { type: 'text' } },
      store: false,
      previous_response_id: null,
      service_tier: 'default',
      usage: { input_tokens: 42, output_tokens: 0, total_tokens: 42 },
    });
  });

  it('repeats what it was asked with', () => {
    const conversation = conversationOf('openai-responses', {
      system: [{ type: 'text', text: 'Be short.', citations: [], cache: null, at: 'instructions' }],
      tools: [
        {
          type: 'function',
          name: 'a',
          description: null,
          schema: { type: 'object' },
          strict: { value: true, at: '' },
          cache: null,
          at: '',
        },
        {
          type: 'function',
          name: 'b',
          description: 'B',
          schema: null,
          strict: null,
          isFreeform: true,
          cache: null,
          at: '',
        },
        {
          type: 'provider',
          kind: 'web_search',
          dialect: 'openai-responses',
          name: 'web_search',
          value: { type: 'web_search' },
          cache: null,
          at: '',
        },
      ],
      toolChoice: { value: { type: 'named', name: 'b' }, at: '' },
      outputFormat: { value: { type: 'json_schema', name: 'n', description: null, schema: {}, strict: true }, at: '' },
    });
    const answer: Answer = {
      id: null,
      model: null,
      parts: [],
      stop: { reason: 'end', sequence: null, detail: null },
      usage: NO_USAGE,
    };
    expect(writeAnswer(answer, frameOf(conversation))).toMatchObject({
      instructions: 'Be short.',
      tools: [{ type: 'function', name: 'a', strict: true }, { type: 'custom', name: 'b' }, { type: 'web_search' }],
      tool_choice: { type: 'custom', name: 'b' },
      text: { format: { type: 'json_schema', name: 'n', strict: true } },
    });
  });

  const stops: readonly [StopReason, string, object | null][] = [
    ['end', 'completed', null],
    ['tool_use', 'completed', null],
    ['stop_sequence', 'completed', null],
    ['paused', 'completed', null],
    ['malformed_tool_call', 'completed', null],
    ['length', 'incomplete', { reason: 'max_output_tokens' }],
    ['context_exceeded', 'incomplete', { reason: 'max_output_tokens' }],
    ['refusal', 'incomplete', { reason: 'content_filter' }],
  ];

  it.each(stops)('has a state for the stop %s', (reason, status, incomplete_details) => {
    expect(write([text('So')], reason)).toMatchObject({ status, incomplete_details, output: [{ status }] });
  });

  it('is complete with a refusal in words', () => {
    expect(write([{ type: 'refusal', text: 'No.', at: '' }], 'refusal')).toMatchObject({
      status: 'completed',
      output: [{ content: [{ type: 'refusal', refusal: 'No.' }] }],
    });
  });

  it('has only its last item cut off, and never two items or calls of one id', () => {
    const { output } = write([call('c'), text('So'), call('c'), call('')], 'length');
    expect(output.map(({ status }: { status: string }) => status)).toEqual([
      'completed',
      'completed',
      'completed',
      'incomplete',
    ]);
    expect(new Set(output.map(({ id }: { id: string }) => id)).size).toBe(4);
    expect(new Set(output.map((item: { call_id?: string }) => item.call_id)).size).toBe(4);
  });

  it('counts as its clients do', () => {
    const usage = {
      ...NO_USAGE,
      inputTokens: 7,
      cacheReadTokens: 3,
      cacheWrite5mTokens: 2,
      cacheWrite1hTokens: 1,
      outputTokens: 5,
      serviceTier: 'priority',
    };
    expect(write([], 'end', usage)).toMatchObject({
      service_tier: 'priority',
      usage: {
        input_tokens: 13,
        input_tokens_details: { cached_tokens: 3, cache_write_tokens: 3 },
        output_tokens: 5,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 18,
      },
    });
    expect(write([], 'end', { ...usage, serviceTier: 'batch' }).service_tier).toBe('default');
  });

  it('has pictures as what OpenAI draws, sources of others in its own form, and words for what has no place', () => {
    const cited: Part = {
      type: 'text',
      text: 'Sun',
      citations: [
        { kind: 'web', url: 'https://a.example', title: null, quote: 'q', span: null, native: null },
        { kind: 'document', url: null, title: 'T', quote: 'q', span: { start: 1, end: 2 }, native: null },
      ],
      cache: null,
      at: '',
    };
    const image: Part = {
      type: 'image',
      source: { kind: 'inline', mediaType: 'image/png', base64: 'aGk=' },
      detail: null,
      cache: null,
      at: '',
    };
    const audio: Part = { type: 'audio', base64: '', mediaType: 'audio/wav', at: '' };
    const foreign: Part = { type: 'native', dialect: 'gemini', kind: 'executableCode', value: {}, at: '' };
    expect(write([cited, image, foreign, audio]).output).toMatchObject([
      {
        content: [
          {
            annotations: [
              {
                type: 'url_citation',
                url: 'https://a.example',
                title: 'https://a.example',
                start_index: 0,
                end_index: 3,
              },
              { type: 'file_citation', filename: 'T', index: 2 },
            ],
          },
        ],
      },
      { type: 'image_generation_call', status: 'completed', result: 'aGk=', output_format: 'png' },
      { type: 'message', content: [{ text: '[The model answered with audio, which this API cannot carry.]' }] },
    ]);
  });

  it('keeps every digit of what its own upstream would have said', () => {
    const value = parseJsonPrecisely('{"id":"mcp_1","type":"mcp_call","output":12345678901234567890}');
    const native: Part = { type: 'native', dialect: 'openai-responses', kind: 'mcp_call', value, at: '' };
    const answer: Answer = {
      id: null,
      model: null,
      parts: [native],
      stop: { reason: 'end', sequence: null, detail: null },
      usage: NO_USAGE,
    };
    expect(JSON.stringify(writeAnswer(answer, frameOf(conversationOf('openai-responses'))))).toContain(
      '12345678901234567890',
    );
  });
});
