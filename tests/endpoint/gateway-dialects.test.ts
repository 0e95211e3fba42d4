/** Every official client against every upstream: streaming and not, tool loops included. */
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WIRES, type Wire } from '#features/gateway/config';
import { type FakeProvider, SAID, startFakeProvider, TOOL_CALL } from '#tests/support/fake-providers';
import { type GatewayHarness, startGateway } from '#tests/support/gateway-harness';
import { proves } from '#tests/support/proves';

proves('seed.providers');

/** The providers that the original had, and what each of them speaks. */
const PROVIDERS = {
  anthropic: 'anthropic',
  minimax: 'anthropic',
  openai: 'openai-chat',
  moonshot: 'openai-chat',
  qwen: 'openai-chat',
  gemini: 'gemini',
} as const satisfies Record<string, Wire>;

const PRICING = { input_per_million: 1, output_per_million: 10, cache_read_per_million: 0.1 };

const providers = new Map<Wire, FakeProvider>();
let gateway: GatewayHarness;

beforeAll(async () => {
  for (const wire of WIRES) providers.set(wire, await startFakeProvider(wire));
  gateway = await startGateway(
    {
      routes: [
        ...WIRES.map((wire) => ({
          model_pattern: `${wire}-model`,
          provider: `at-${wire}`,
          upstream_model: `upstream-${wire}`,
          pricing: PRICING,
        })),
        ...Object.entries(PROVIDERS).map(([provider, wire]) => ({
          model_pattern: `of-${provider}`,
          provider,
          endpoint: providers.get(wire)?.endpoint,
          pricing: PRICING,
        })),
      ],
    },
    WIRES.map((wire) => ({ name: `at-${wire}`, wire, endpoint: providers.get(wire)?.endpoint })),
  );
});

afterAll(async () => {
  await gateway.close();
  for (const provider of providers.values()) await provider.close();
});

beforeEach(() => {
  gateway.records.length = 0;
  for (const provider of providers.values()) provider.received.length = 0;
});

/** What a client got, in words that all of them have. */
type Got = { readonly text: string; readonly calls: readonly { readonly name: string; readonly arguments: unknown }[] };

/** One official client: asks, with a tool or without, and sends the tool's result back. */
type Client = {
  ask(model: string, isStreaming: boolean, withTool: boolean): Promise<Got>;
  loop(model: string): Promise<Got>;
};

const SCHEMA = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } as const;
const TOOL = { name: TOOL_CALL.name, description: 'The weather' };

const CLIENTS: Readonly<Record<Wire, () => Client>> = {
  anthropic() {
    const client = new Anthropic({ apiKey: 'k', baseURL: gateway.url, maxRetries: 0 });
    const tools: Anthropic.Tool[] = [{ ...TOOL, input_schema: { ...SCHEMA, required: ['city'] } }];
    const got = (message: Anthropic.Message): Got => ({
      text: message.content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
      calls: message.content.flatMap((block) =>
        block.type === 'tool_use' ? [{ name: block.name, arguments: block.input }] : [],
      ),
    });
    const body = (model: string, withTool: boolean) => ({
      model,
      max_tokens: 1_000,
      messages: [{ role: 'user' as const, content: 'What is the weather?' }],
      ...(withTool ? { tools } : {}),
    });
    return {
      ask: async (model, isStreaming, withTool) =>
        got(
          isStreaming
            ? await client.messages.stream(body(model, withTool)).finalMessage()
            : await client.messages.create(body(model, withTool)),
        ),
      async loop(model) {
        const first = await client.messages.create(body(model, true));
        const use = first.content.find((block) => block.type === 'tool_use');
        const result = { type: 'tool_result' as const, tool_use_id: use?.id ?? '', content: 'sunny' };
        const messages = [
          ...body(model, true).messages,
          { role: 'assistant' as const, content: first.content },
          { role: 'user' as const, content: [result] },
        ];
        return got(await client.messages.stream({ ...body(model, true), messages }).finalMessage());
      },
    };
  },

  'openai-chat'() {
    const client = new OpenAI({ apiKey: 'k', baseURL: `${gateway.url}/v1`, maxRetries: 0 });
    const tools = [{ type: 'function' as const, function: { ...TOOL, parameters: SCHEMA } }];
    const got = (message: OpenAI.ChatCompletionMessage | undefined): Got => ({
      text: message?.content ?? '',
      calls: (message?.tool_calls ?? []).flatMap((call) =>
        call.type === 'function' ? [{ name: call.function.name, arguments: JSON.parse(call.function.arguments) }] : [],
      ),
    });
    const body = (model: string, withTool: boolean) => ({
      model,
      messages: [{ role: 'user' as const, content: 'What is the weather?' }],
      ...(withTool ? { tools } : {}),
    });
    return {
      async ask(model, isStreaming, withTool) {
        const completion = isStreaming
          ? await client.chat.completions.stream(body(model, withTool)).finalChatCompletion()
          : await client.chat.completions.create(body(model, withTool));
        return got(completion.choices[0]?.message);
      },
      async loop(model) {
        const first = (await client.chat.completions.create(body(model, true))).choices[0]?.message;
        const id = first?.tool_calls?.[0]?.id ?? '';
        const messages = [
          ...body(model, true).messages,
          ...(first === undefined ? [] : [first]),
          { role: 'tool' as const, tool_call_id: id, content: 'sunny' },
        ];
        const stream = client.chat.completions.stream({ ...body(model, true), messages });
        return got((await stream.finalChatCompletion()).choices[0]?.message);
      },
    };
  },

  'openai-responses'() {
    const client = new OpenAI({ apiKey: 'k', baseURL: `${gateway.url}/v1`, maxRetries: 0 });
    const tools = [{ type: 'function' as const, ...TOOL, parameters: SCHEMA, strict: false }];
    const got = (response: OpenAI.Responses.Response): Got => ({
      text: response.output_text ?? '',
      calls: response.output.flatMap((item) =>
        item.type === 'function_call' ? [{ name: item.name, arguments: JSON.parse(item.arguments) }] : [],
      ),
    });
    const body = (model: string, withTool: boolean) => ({
      model,
      input: [{ role: 'user' as const, content: 'What is the weather?' }],
      ...(withTool ? { tools } : {}),
    });
    return {
      ask: async (model, isStreaming, withTool) =>
        got(
          isStreaming
            ? await client.responses.stream(body(model, withTool)).finalResponse()
            : await client.responses.create(body(model, withTool)),
        ),
      async loop(model) {
        const first = await client.responses.create(body(model, true));
        const call = first.output.find((item) => item.type === 'function_call');
        const input: OpenAI.Responses.ResponseInput = [
          ...body(model, true).input,
          ...first.output.filter((item) => item.type === 'function_call'),
          { type: 'function_call_output', call_id: call?.call_id ?? '', output: 'sunny' },
        ];
        return got(await client.responses.stream({ ...body(model, true), input }).finalResponse());
      },
    };
  },

  gemini() {
    const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: gateway.url } });
    const config = { tools: [{ functionDeclarations: [{ ...TOOL, parametersJsonSchema: SCHEMA }] }] };
    const asked = [{ role: 'user', parts: [{ text: 'What is the weather?' }] }];
    async function ask(model: string, isStreaming: boolean, contents: object[], withTool: boolean): Promise<Got> {
      const request = { model, contents, ...(withTool ? { config } : {}) };
      const answers = isStreaming
        ? await Array.fromAsync(await client.models.generateContentStream(request))
        : [await client.models.generateContent(request)];
      return {
        text: answers.map((answer) => (answer.functionCalls === undefined ? (answer.text ?? '') : '')).join(''),
        calls: answers.flatMap((answer) =>
          (answer.functionCalls ?? []).map((call) => ({ name: call.name ?? '', arguments: call.args })),
        ),
      };
    }
    return {
      ask: (model, isStreaming, withTool) => ask(model, isStreaming, asked, withTool),
      async loop(model) {
        const first = await client.models.generateContent({ model, contents: asked, config });
        const call = first.functionCalls?.[0];
        const response = {
          name: call?.name ?? '',
          ...(call?.id === undefined ? {} : { id: call.id }),
          response: { output: 'sunny' },
        };
        const contents = [
          ...asked,
          first.candidates?.[0]?.content ?? {},
          { role: 'user', parts: [{ functionResponse: response }] },
        ];
        return ask(model, true, contents, true);
      },
    };
  },
};

describe.each(WIRES)('the official client of %s', (client) => {
  describe.each(WIRES)('in front of an upstream that speaks %s', (upstream) => {
    const model = `${upstream}-model`;

    it.each([false, true])('gets the text (streamed: %s), with what it used and cost', async (isStreaming) => {
      const got = await CLIENTS[client]().ask(model, isStreaming, false);
      expect(got).toEqual({ text: SAID.text, calls: [] });
      await gateway.recorded(1);
      expect(gateway.effect()).toMatchObject({
        provider: `at-${upstream}`,
        requested_model: model,
        is_streaming: isStreaming,
        input_tokens: 20,
        cache_read_tokens: 5,
        output_tokens: 9,
        // 20 x 1 + 5 x 0.1 + 9 x 10 microdollars, rounded half up.
        cost_microdollars: 111,
        stop_reason: 'end_turn',
        details: { client_dialect: client, upstream_dialect: upstream, upstream_model: `upstream-${upstream}` },
      });
    });

    it.each([false, true])('gets the tool call (streamed: %s)', async (isStreaming) => {
      const got = await CLIENTS[client]().ask(model, isStreaming, true);
      expect(got).toEqual({ text: '', calls: [{ name: TOOL_CALL.name, arguments: { city: 'Paris' } }] });
      await gateway.recorded(1);
      expect(gateway.effect()).toMatchObject({
        stop_reason: 'tool_use',
        tool_calls: [{ tool_name: TOOL_CALL.name, input: { city: 'Paris' } }],
      });
    });

    it('sends the tool’s result back and gets the answer to it', async () => {
      expect((await CLIENTS[client]().loop(model)).text).toBe(SAID.afterTool);
      if (upstream !== 'gemini') return;
      // Gemini wants its thought signature back with the call, whether or not the client kept it.
      const sent = JSON.stringify(providers.get('gemini')?.received.at(-1)?.body);
      expect(sent).toContain('"thoughtSignature":"c2ln"');
    });

    it('leaves no credential and no name of the client with the upstream', async () => {
      await CLIENTS[client]().ask(model, false, false);
      const [got] = providers.get(upstream)?.received ?? [];
      const names = Object.keys(got?.headers ?? {});
      expect(names.filter((name) => /auth|key|stainless|client|cookie|agent/.test(name))).toEqual(['user-agent']);
      expect(got?.headers['user-agent']).toBe('systemprompt');
    });
  });
});

describe.each(Object.keys(PROVIDERS))('the provider %s', (provider) => {
  it.each(WIRES)('answers the client of %s, streamed or not, and its tool loop', async (client) => {
    const model = `of-${provider}`;
    for (const isStreaming of [false, true]) {
      expect((await CLIENTS[client]().ask(model, isStreaming, false)).text).toBe(SAID.text);
      expect((await CLIENTS[client]().ask(model, isStreaming, true)).calls).toHaveLength(1);
    }
    expect((await CLIENTS[client]().loop(model)).text).toBe(SAID.afterTool);
    await gateway.recorded(6);
    for (const { effect } of gateway.outcomes()) {
      expect(effect).toMatchObject({ provider, requested_model: model, input_tokens: 20, cost_microdollars: 111 });
    }
  });
});
