import { describe, expect, it } from 'vitest';
import type { Answer } from '#features/gateway/conversation/answer';
import type { Part } from '#features/gateway/conversation/part';
import { createToolNames } from '#features/gateway/conversation/tool-names';
import { NO_USAGE, type TokenUsage } from '#features/gateway/usage';
import type { JsonObject, JsonValue } from '#foundation/json';
import { conversationOf, frameOf, targetOf } from '#tests/support/dialects';
import { readAnswer } from './read-answer.ts';
import { readUsage, writeUsage } from './usage.ts';
import { writeAnswer } from './write-answer.ts';

const frame = frameOf(conversationOf('gemini'));

function read(candidate: JsonObject, body: JsonObject = {}): Answer {
  return readAnswer(
    { candidates: [candidate], responseId: 'resp', modelVersion: 'gemini-2.5-pro-001', ...body },
    targetOf(),
  );
}

const parts = (...list: JsonObject[]): JsonObject => ({ content: { role: 'model', parts: list } });
const call = { functionCall: { name: 'f', args: { a: 1 } } };

describe('an answer of Gemini', () => {
  it('is read in its order, with signatures, ids and the names that the client knows', () => {
    const toolNames = createToolNames();
    const outward = toolNames.outward('mcp.server/look', 64);
    const body = {
      responseId: 'resp',
      modelVersion: 'gemini-3-pro',
      candidates: [
        {
          finishReason: 'STOP',
          content: {
            parts: [
              { text: 'Hm', thought: true },
              { text: 'Said' },
              { functionCall: { name: outward, args: { a: 1 } }, thoughtSignature: 'c2ln' },
              { functionCall: { id: 'own', name: 'g' } },
              { inlineData: { mimeType: 'image/png', data: 'aGk=' } },
              { executableCode: { code: '1' } },
              { text: '', thoughtSignature: 'ZW5k' },
              null,
            ],
          },
        },
      ],
    };
    const answer = readAnswer(body, targetOf({ toolNames }));
    expect(answer).toMatchObject({ id: 'resp', model: 'gemini-3-pro', stop: { reason: 'tool_use', detail: null } });
    expect(answer.parts).toMatchObject([
      { type: 'reasoning', text: 'Hm', proof: null },
      { type: 'text', text: 'Said' },
      {
        type: 'tool_call',
        name: 'mcp.server/look',
        argumentsText: '{"a":1}',
        proof: { dialect: 'gemini', value: 'c2ln' },
      },
      { type: 'tool_call', id: 'own', name: 'g', argumentsText: '{}', proof: null },
      { type: 'image', source: { mediaType: 'image/png' } },
      { type: 'native', kind: 'executableCode' },
      { type: 'reasoning', text: '', proof: { kind: 'hidden', value: 'ZW5k' } },
    ]);
    const [, , made] = answer.parts;
    expect(made?.type === 'tool_call' ? made.id : '').toMatch(/^[A-Za-z0-9_-]{1,40}$/);
    expect(readAnswer(body, targetOf({ toolNames }))).toEqual(answer);
    expect(readAnswer({ ...body, responseId: 'other' }, targetOf()).parts[2]).not.toMatchObject({
      id: (made as { id: string }).id,
    });
  });

  const ends: [finishReason: string, reason: string, withCall: string][] = [
    ['STOP', 'end', 'tool_use'],
    ['FINISH_REASON_UNSPECIFIED', 'end', 'tool_use'],
    ['OTHER', 'end', 'tool_use'],
    ['MAX_TOKENS', 'length', 'length'],
    ['CONTINUATION', 'length', 'length'],
    ['SAFETY', 'refusal', 'refusal'],
    ['RECITATION', 'refusal', 'refusal'],
    ['LANGUAGE', 'refusal', 'refusal'],
    ['BLOCKLIST', 'refusal', 'refusal'],
    ['PROHIBITED_CONTENT', 'refusal', 'refusal'],
    ['SPII', 'refusal', 'refusal'],
    ['IMAGE_SAFETY', 'refusal', 'refusal'],
    ['IMAGE_PROHIBITED_CONTENT', 'refusal', 'refusal'],
    ['IMAGE_RECITATION', 'refusal', 'refusal'],
    ['MALFORMED_FUNCTION_CALL', 'malformed_tool_call', 'malformed_tool_call'],
    ['UNEXPECTED_TOOL_CALL', 'malformed_tool_call', 'malformed_tool_call'],
    ['TOO_MANY_TOOL_CALLS', 'malformed_tool_call', 'malformed_tool_call'],
    ['MALFORMED_RESPONSE', 'malformed_tool_call', 'malformed_tool_call'],
  ];
  for (const [finishReason, reason, withCall] of ends) {
    it(`ends for ${finishReason} as ${reason}, with a call as ${withCall}`, () => {
      expect(read({ ...parts({ text: 'x' }), finishReason }).stop.reason).toBe(reason);
      const { stop } = read({ ...parts(call), finishReason });
      expect(stop).toEqual({ reason: withCall, sequence: null, detail: finishReason === 'STOP' ? null : finishReason });
    });
    it(`says ${finishReason} again to a client of its own`, () => {
      const answer = read({ ...parts({ text: 'x' }), finishReason });
      const written = readAnswer(writeAnswer(answer, frame), targetOf());
      expect(written.stop.reason).toBe(reason);
      if (reason !== 'end') expect(written.stop).toEqual(answer.stop);
    });
  }

  it('keeps the words that come with an end', () => {
    const { stop } = read({ finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: 'Malformed: f(' });
    expect(stop.detail).toEqual({ finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: 'Malformed: f(' });
  });

  it('is a refusal, not an error, where the prompt was blocked', () => {
    const body = { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: { promptTokenCount: 8 } };
    const answer = readAnswer(body, targetOf());
    expect(answer).toMatchObject({
      parts: [],
      stop: { reason: 'refusal', detail: { blockReason: 'PROHIBITED_CONTENT' } },
      usage: { inputTokens: 8 },
    });
    const written = writeAnswer(answer, frame);
    expect(written.promptFeedback).toEqual({ blockReason: 'PROHIBITED_CONTENT' });
    expect(written).not.toHaveProperty('candidates');
  });

  for (const body of [null, [], '<html>', {}, { candidates: [] }, { candidates: 'x' }, { error: {} }]) {
    it(`is none in ${JSON.stringify(body)}`, () => {
      expect(() => readAnswer(body, targetOf())).toThrow(
        expect.objectContaining({ kind: 'upstream', code: 'upstream_not_an_answer' }),
      );
    });
  }

  const hostile: JsonObject[] = [
    {},
    { content: null },
    { content: { parts: 'x' } },
    { content: { parts: [5, null, [], {}, { text: 5 }, { functionCall: {} }, { inlineData: {} }] } },
    { finishReason: 5, groundingMetadata: { groundingSupports: [{ groundingChunkIndices: [99, 'x'] }] } },
    { groundingMetadata: 5, citationMetadata: [] },
  ];
  for (const candidate of hostile) {
    it(`is read without harm in ${JSON.stringify(candidate)}`, () => {
      expect(() => read(candidate)).not.toThrow();
    });
  }

  it('cites what its searches found, where it stands in UTF-16', () => {
    const text = 'Grüße: Oslo ist schön.';
    const bytes = (of: string) => Buffer.byteLength(of);
    const { parts: made, usage } = read({
      ...parts({ text: 'Hm', thought: true }, { text }),
      groundingMetadata: {
        webSearchQueries: ['a', 'b'],
        groundingChunks: [
          { web: { uri: 'https://a', title: 'A' } },
          { retrievedContext: { uri: 'gs://b', title: 'B', text: 'quoted' } },
          { web: { uri: 'https://c' } },
        ],
        groundingSupports: [
          {
            segment: { partIndex: 1, startIndex: bytes('Grüße: '), endIndex: bytes('Grüße: Oslo') },
            groundingChunkIndices: [0, 1],
          },
          { segment: { partIndex: 1, endIndex: bytes('Grüße') }, groundingChunkIndices: [0] },
        ],
      },
    });
    const [, said] = made;
    if (said?.type !== 'text') throw new Error('no text');
    expect(
      said.citations.map(({ kind, url, title, quote, span }) => [
        kind,
        url,
        title,
        quote,
        span && text.slice(span.start, span.end),
      ]),
    ).toEqual([
      ['web', 'https://a', 'A', null, 'Oslo'],
      ['document', 'gs://b', 'B', 'quoted', 'Oslo'],
      ['web', 'https://a', 'A', null, 'Grüße'],
      ['web', 'https://c', null, null, null],
    ]);
    // Newer models, as this one without a number, are billed by the query.
    expect(usage.webSearches).toBe(2);
  });

  it('cites what it recites', () => {
    const { parts: made } = read({
      ...parts({ text: 'By heart.' }),
      citationMetadata: { citationSources: [{ endIndex: 2, uri: 'https://a', license: 'mit' }] },
    });
    expect(made).toMatchObject([{ citations: [{ kind: 'web', url: 'https://a', span: { start: 0, end: 2 } }] }]);
  });
});

describe('an answer to a client of Gemini', () => {
  const answerOf = (list: readonly Part[], known: Partial<Answer> = {}): Answer => ({
    id: 'up',
    model: 'claude',
    parts: list,
    stop: { reason: 'end', sequence: null, detail: null },
    usage: NO_USAGE,
    ...known,
  });

  it('names the model that was asked for and an id of its own', () => {
    expect(writeAnswer(answerOf([]), frame)).toMatchObject({
      modelVersion: 'asked-model',
      responseId: 'req_0f1e-2d3c',
    });
  });

  it('has a part, though an empty one, where nothing was said', () => {
    expect(writeAnswer(answerOf([]), frame)).toMatchObject({
      candidates: [{ content: { parts: [{ text: '' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
    });
  });

  it('carries proofs of others as base64, which typed clients take, and gets them back whole', () => {
    const proof = { dialect: 'openai-responses', kind: 'hidden', value: 'gAAAA=', id: 'rs_1' } as const;
    const thought: Part = { type: 'reasoning', text: 'Hm', proof, at: '' };
    const written = writeAnswer(answerOf([thought]), frame);
    const sent = JSON.parse(JSON.stringify(written)).candidates[0].content.parts[0];
    expect(sent).toMatchObject({
      text: 'Hm',
      thought: true,
      thoughtSignature: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
    });
    expect(readAnswer(written, targetOf()).parts).toEqual([thought]);
    const urlSafe = Buffer.from(sent.thoughtSignature, 'base64').toString('base64url');
    expect(read(parts({ ...sent, thoughtSignature: urlSafe })).parts).toEqual([thought]);
  });

  it('cites in bytes what others cite in UTF-16, and reads the same again', () => {
    const said: Part = {
      type: 'text',
      text: 'Grüße: Oslo',
      cache: null,
      at: '',
      citations: [
        { kind: 'web', url: 'https://a', title: 'A', quote: null, span: { start: 7, end: 11 }, native: null },
        { kind: 'document', url: null, title: 'B', quote: 'q', span: null, native: null },
      ],
    };
    const written = writeAnswer(answerOf([said]), frame);
    expect(written).toMatchObject({
      candidates: [
        {
          groundingMetadata: {
            groundingChunks: [
              { web: { uri: 'https://a', title: 'A' } },
              { retrievedContext: { title: 'B', text: 'q' } },
            ],
            groundingSupports: [
              { segment: { partIndex: 0, startIndex: 9, endIndex: 13, text: 'Oslo' }, groundingChunkIndices: [0] },
            ],
          },
        },
      ],
    });
    const [again] = readAnswer(written, targetOf()).parts;
    const bare = again?.type === 'text' ? again.citations.map((citation) => ({ ...citation, native: null })) : [];
    expect(bare).toEqual(said.citations);
  });

  const foreign: [Answer['stop']['reason'], JsonValue, unknown][] = [
    ['refusal', 'content_filter', { finishReason: 'SAFETY' }],
    ['refusal', { category: 'bio', explanation: 'Not this.' }, { finishReason: 'SAFETY', finishMessage: 'Not this.' }],
    ['stop_sequence', null, { finishReason: 'STOP' }],
    ['paused', null, { finishReason: 'STOP' }],
    ['context_exceeded', null, { finishReason: 'MAX_TOKENS' }],
    ['malformed_tool_call', null, { finishReason: 'MALFORMED_FUNCTION_CALL' }],
    ['end', 'MAX_TOKENS', { finishReason: 'STOP' }],
  ];
  for (const [reason, detail, expected] of foreign) {
    it(`ends for ${reason} with ${JSON.stringify(detail)} as ${JSON.stringify(expected)}`, () => {
      const written = writeAnswer(answerOf([], { stop: { reason, sequence: null, detail } }), frame);
      expect(written).toMatchObject({ candidates: [expected] });
    });
  }
});

describe('the usage of Gemini', () => {
  const shapes: [string, JsonValue | undefined, Partial<TokenUsage>][] = [
    ['nothing', undefined, {}],
    [
      'prompt and candidates',
      { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
      { inputTokens: 10, outputTokens: 5 },
    ],
    [
      'cached, which the prompt includes',
      { promptTokenCount: 10, cachedContentTokenCount: 4, candidatesTokenCount: 5 },
      { inputTokens: 6, cacheReadTokens: 4, outputTokens: 5 },
    ],
    [
      'thoughts, which the candidates do not include',
      { promptTokenCount: 10, candidatesTokenCount: 5, thoughtsTokenCount: 7 },
      { inputTokens: 10, outputTokens: 12, reasoningTokens: 7 },
    ],
    [
      'thoughts alone, cut off before a candidate',
      { promptTokenCount: 10, thoughtsTokenCount: 7, totalTokenCount: 17 },
      { inputTokens: 10, outputTokens: 7, reasoningTokens: 7 },
    ],
    [
      'prompts of tools, beside the prompt',
      { promptTokenCount: 10, toolUsePromptTokenCount: 100, candidatesTokenCount: 5 },
      { inputTokens: 110, outputTokens: 5 },
    ],
    [
      'no candidates, which the total tells',
      { promptTokenCount: 10, toolUsePromptTokenCount: 3, totalTokenCount: 13 },
      { inputTokens: 13, outputTokens: 0 },
    ],
    ['a prompt alone', { promptTokenCount: 10 }, { inputTokens: 10 }],
    [
      'more cached than prompted',
      { promptTokenCount: 3, cachedContentTokenCount: 9, candidatesTokenCount: 1 },
      { inputTokens: 0, cacheReadTokens: 9, outputTokens: 1 },
    ],
    ['negative and broken counts', { promptTokenCount: -1, candidatesTokenCount: 1.5, totalTokenCount: 'x' }, {}],
    [
      'sound and pictures',
      {
        promptTokenCount: 50,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 10 },
          { modality: 'AUDIO', tokenCount: 40 },
        ],
        cachedContentTokenCount: 8,
        cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 8 }],
        candidatesTokenCount: 1_290,
        candidatesTokensDetails: [
          { modality: 'IMAGE', tokenCount: 1_290 },
          { modality: 'AUDIO', tokenCount: 3 },
        ],
      },
      {
        inputTokens: 42,
        cacheReadTokens: 8,
        audioInputTokens: 32,
        outputTokens: 1_290,
        imageOutputTokens: 1_290,
        audioOutputTokens: 3,
      },
    ],
    [
      'a tier',
      { promptTokenCount: 1, candidatesTokenCount: 1, serviceTier: 'FLEX' },
      { inputTokens: 1, outputTokens: 1, serviceTier: 'flex' },
    ],
    [
      'the standard tier',
      { promptTokenCount: 1, candidatesTokenCount: 1, serviceTier: 'standard' },
      { inputTokens: 1, outputTokens: 1 },
    ],
    [
      'a traffic type',
      { promptTokenCount: 1, candidatesTokenCount: 1, trafficType: 'ON_DEMAND_PRIORITY' },
      { inputTokens: 1, outputTokens: 1, serviceTier: 'priority' },
    ],
    [
      'provisioned traffic',
      { promptTokenCount: 1, candidatesTokenCount: 1, trafficType: 'PROVISIONED_THROUGHPUT' },
      { inputTokens: 1, outputTokens: 1, serviceTier: 'provisioned_throughput' },
    ],
    [
      'common traffic',
      { promptTokenCount: 1, candidatesTokenCount: 1, trafficType: 'ON_DEMAND' },
      { inputTokens: 1, outputTokens: 1 },
    ],
  ];
  for (const [what, usage, expected] of shapes) {
    it(`reads ${what}`, () => {
      expect(readUsage(usage)).toEqual({ ...NO_USAGE, ...expected });
    });
  }

  it('is written so that it is read the same, with what went into a cache as part of the prompt', () => {
    const usage: TokenUsage = {
      ...NO_USAGE,
      inputTokens: 100,
      outputTokens: 60,
      cacheReadTokens: 30,
      reasoningTokens: 20,
      audioInputTokens: 15,
      imageOutputTokens: 10,
    };
    expect(readUsage(writeUsage(usage))).toEqual(usage);
    const written = writeUsage({ ...usage, cacheWrite5mTokens: 5, cacheWrite1hTokens: 7 });
    expect(written).toMatchObject({ promptTokenCount: 142, candidatesTokenCount: 40, totalTokenCount: 202 });
  });
});
