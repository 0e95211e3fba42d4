import { ApiError, FunctionCallingConfigMode, GoogleGenAI, ThinkingLevel, Type } from '@google/genai';
import { describe, expect, it } from 'vitest';
import type { Answer } from '#features/gateway/conversation/answer';
import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import type { Conversation } from '#features/gateway/conversation/conversation';
import { NO_USAGE } from '#features/gateway/usage';
import { isJsonObject, parseJsonPrecisely } from '#foundation/json';
import { frameOf } from '#tests/support/dialects';
import { readCountTokens, writeCountTokens } from './count-tokens.ts';
import { geminiDialect } from './dialect.ts';

/** A client of Google's whose requests are read, and answered, as the gateway would. */
function clientOf(answer: (asked: Conversation, turn: number) => Response) {
  const asked: Conversation[] = [];
  const fetch = async (input: unknown, init?: RequestInit) => {
    const url = new URL(String(input));
    const [, model = '', method = ''] = /models\/([^:]+):(\w+)$/.exec(url.pathname) ?? [];
    const body = parseJsonPrecisely(String(init?.body));
    if (!isJsonObject(body)) throw new Error('the body is no object');
    const address = { model, isStreaming: method === 'streamGenerateContent' };
    if (method === 'countTokens')
      return Response.json(writeCountTokens(readCountTokens(body, address).outline.turns.length));
    const conversation = geminiDialect.readRequest(body, address);
    asked.push(conversation);
    return answer(conversation, asked.length - 1);
  };
  const client = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: 'http://gateway.test', fetch } });
  return { client, asked };
}

function whole(answer: Partial<Answer>): (asked: Conversation) => Response {
  const full: Answer = {
    id: 'up',
    model: 'upstream-model',
    parts: [],
    stop: { reason: 'end', sequence: null, detail: null },
    usage: { ...NO_USAGE, inputTokens: 7, outputTokens: 5, cacheReadTokens: 3, reasoningTokens: 2 },
    ...answer,
  };
  return (asked) => new Response(JSON.stringify(geminiDialect.writeAnswer(full, frameOf(asked))), JSON_HEADERS);
}

function streamed(events: readonly AnswerEvent[]): (asked: Conversation) => Response {
  return (asked) => {
    let text = '';
    const writer = geminiDialect.createStreamWriter((piece) => {
      text += piece;
    }, frameOf(asked));
    for (const event of [START, ...events]) {
      writer.keepAlive();
      writer.write(event);
    }
    return new Response(text, { headers: { 'content-type': 'text/event-stream' } });
  };
}

const JSON_HEADERS = { headers: { 'content-type': 'application/json' } };
const START: AnswerEvent = { type: 'start', id: 'up', model: 'upstream-model' };
const END: AnswerEvent = {
  type: 'finish',
  stop: { reason: 'end', sequence: null, detail: null },
  usage: { ...NO_USAGE, inputTokens: 7, outputTokens: 5 },
};
const SIGNATURE = { dialect: 'anthropic', kind: 'signature', value: 'RXJyb3I=', id: null } as const;
const text = (said: string) => ({ type: 'text', text: said, citations: [], cache: null, at: '' }) as const;

describe("Google's own client", () => {
  it('is understood in everything that it says', async () => {
    const { client, asked } = clientOf(whole({ parts: [text('Sunny.')] }));
    await client.models.generateContent({
      model: 'gemini-2.5-flash',
      contents: [
        { role: 'user', parts: [{ text: 'And here?' }, { inlineData: { mimeType: 'image/png', data: 'aGk=' } }] },
      ],
      config: {
        systemInstruction: 'Be short.',
        temperature: 0.5,
        topK: 3,
        maxOutputTokens: 500,
        stopSequences: ['END'],
        thinkingConfig: { thinkingLevel: ThinkingLevel.LOW, includeThoughts: true },
        responseMimeType: 'application/json',
        responseSchema: { type: Type.OBJECT, properties: { sky: { type: Type.STRING, nullable: true } } },
        tools: [
          { functionDeclarations: [{ name: 'look_up', parametersJsonSchema: { type: 'object' } }] },
          { googleSearch: {} },
        ],
        toolConfig: {
          functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ['look_up'] },
        },
      },
    });
    expect(asked[0]).toMatchObject({
      model: 'gemini-2.5-flash',
      system: [{ text: 'Be short.', at: 'systemInstruction.parts[0]' }],
      turns: [{ role: 'user', parts: [{ text: 'And here?' }, { type: 'image', source: { mediaType: 'image/png' } }] }],
      temperature: { value: 0.5, at: 'generationConfig.temperature' },
      topK: { value: 3 },
      maxOutputTokens: { value: 500 },
      stopSequences: { value: ['END'] },
      reasoning: { value: { mode: 'on', effort: 'low', display: 'summarized' } },
      outputFormat: { value: { schema: { type: 'object', properties: { sky: { type: ['string', 'null'] } } } } },
      tools: [
        { type: 'function', name: 'look_up' },
        { type: 'provider', kind: 'web_search' },
      ],
      toolChoice: { value: { type: 'named', name: 'look_up' } },
      beyond: [],
    });
  });

  it('gets texts, thoughts, calls and counts of a whole answer', async () => {
    const { client } = clientOf(
      whole({
        parts: [
          { type: 'reasoning', text: 'Where?', proof: SIGNATURE, at: '' },
          text('I look it up.'),
          {
            type: 'tool_call',
            id: 'toolu_1',
            name: 'look_up',
            argumentsText: '{"city":"Oslo"}',
            proof: null,
            cache: null,
            at: '',
          },
        ],
        stop: { reason: 'tool_use', sequence: null, detail: null },
      }),
    );
    const answer = await client.models.generateContent({ model: 'gemini-2.5-flash', contents: 'Hello' });
    expect(answer.text).toBe('I look it up.');
    expect(answer.functionCalls).toEqual([{ id: 'toolu_1', name: 'look_up', args: { city: 'Oslo' } }]);
    expect(answer.candidates?.[0]?.content?.parts?.[0]).toMatchObject({ text: 'Where?', thought: true });
    expect(answer.candidates?.[0]?.finishReason).toBe('STOP');
    expect(answer.usageMetadata).toEqual({
      promptTokenCount: 10,
      cachedContentTokenCount: 3,
      candidatesTokenCount: 3,
      thoughtsTokenCount: 2,
      totalTokenCount: 15,
    });
  });

  it('gets a stream, and sends back in the next turn what it got, calls and foreign signatures included', async () => {
    const { client, asked } = clientOf((conversation, turn) =>
      turn > 0
        ? streamed([
            { type: 'open', part: { type: 'text' } },
            { type: 'delta', text: 'Sunny.' },
            { type: 'close', proof: null },
            END,
          ])(conversation)
        : streamed([
            { type: 'open', part: { type: 'reasoning' } },
            { type: 'delta', text: 'Where?' },
            { type: 'close', proof: SIGNATURE },
            { type: 'open', part: { type: 'tool_call', id: 'toolu_1', name: 'look_up' } },
            { type: 'delta', text: '{"city":' },
            { type: 'delta', text: '\n"Oslo"}' },
            { type: 'close', proof: null },
            { ...END, stop: { reason: 'tool_use', sequence: null, detail: null } },
          ])(conversation),
    );
    const chat = client.chats.create({ model: 'gemini-2.5-flash' });
    const calls = [];
    for await (const chunk of await chat.sendMessageStream({ message: 'Weather?' }))
      calls.push(...(chunk.functionCalls ?? []));
    expect(calls).toEqual([{ id: 'toolu_1', name: 'look_up', args: { city: 'Oslo' } }]);
    let said = '';
    const message = { functionResponse: { name: 'look_up', response: { output: '21 degrees' } } };
    for await (const chunk of await chat.sendMessageStream({ message })) said += chunk.text ?? '';
    expect(said).toBe('Sunny.');
    expect(asked[1]?.turns).toMatchObject([
      { role: 'user' },
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', text: 'Where?', proof: SIGNATURE },
          { type: 'tool_call', id: 'toolu_1', argumentsText: '{"city":"Oslo"}' },
        ],
      },
      { role: 'user', parts: [{ type: 'tool_result', callId: 'toolu_1', content: [{ text: '21 degrees' }] }] },
    ]);
  });

  it('throws what broke a stream', async () => {
    const error = {
      kind: 'overloaded',
      status: 529,
      message: 'Busy',
      code: null,
      param: null,
      retryAfterMs: 2_000,
    } as const;
    const { client } = clientOf(
      streamed([
        { type: 'open', part: { type: 'text' } },
        { type: 'delta', text: 'Sun' },
        { type: 'error', error },
      ]),
    );
    const said: (string | undefined)[] = [];
    const read = async () => {
      const chunks = await client.models.generateContentStream({ model: 'gemini-2.5-flash', contents: 'Hello' });
      for await (const chunk of chunks) said.push(chunk.text);
    };
    await expect(read()).rejects.toMatchObject({ name: 'ApiError', status: 503 });
  });

  it('throws an error answer with its status', async () => {
    const error = {
      kind: 'rate_limit',
      status: 429,
      message: 'Slow down',
      code: null,
      param: null,
      retryAfterMs: 1_500,
    } as const;
    const { client } = clientOf(() => {
      const reply = geminiDialect.writeError(error, 'req_1');
      return Response.json('json' in reply ? reply.json : null, { status: reply.status });
    });
    const asked = client.models.generateContent({ model: 'gemini-2.5-flash', contents: 'Hello' });
    await expect(asked).rejects.toBeInstanceOf(ApiError);
    await expect(asked).rejects.toMatchObject({ status: 429, message: expect.stringContaining('"retryDelay":"2s"') });
  });

  it('learns that a prompt was refused', async () => {
    const stop = { reason: 'refusal', sequence: null, detail: { blockReason: 'SAFETY' } } as const;
    const { client } = clientOf((conversation) =>
      conversation.isStreaming ? streamed([{ ...END, stop }])(conversation) : whole({ stop })(conversation),
    );
    const asked = { model: 'gemini-2.5-flash', contents: 'Hello' };
    expect((await client.models.generateContent(asked)).promptFeedback?.blockReason).toBe('SAFETY');
    for await (const chunk of await client.models.generateContentStream(asked)) {
      expect(chunk.promptFeedback?.blockReason).toBe('SAFETY');
    }
  });

  it('has its tokens counted', async () => {
    const { client } = clientOf(whole({}));
    const { totalTokens } = await client.models.countTokens({ model: 'gemini-2.5-flash', contents: ['One', 'Two'] });
    expect(totalTokens).toBe(1);
  });
});
