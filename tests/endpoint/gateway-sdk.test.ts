import Anthropic from '@anthropic-ai/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayHarness, startGateway } from '../support/gateway-harness.ts';
import { proves } from '../support/proves.ts';

proves('gateway.messages');

let harness: GatewayHarness;
let client: Anthropic;

beforeEach(async () => {
  harness = await startGateway();
  client = new Anthropic({ baseURL: harness.url, apiKey: 'of the gateway', maxRetries: 0 });
});

afterEach(() => harness.close());

const READ_TOOL = {
  name: 'read_file',
  description: 'Reads a file.',
  input_schema: { type: 'object' as const, properties: { path: { type: 'string' } }, required: ['path'] },
};

const ask = (content: Anthropic.MessageParam['content'], more: object = {}) => ({
  model: 'claude-sonnet-5',
  max_tokens: 500,
  messages: [{ role: 'user' as const, content }],
  ...more,
});

describe('the official SDK through the gateway', () => {
  it('gets a message, and the story of it is recorded', async () => {
    const message = await client.messages.create(ask('hello there', { system: 'be brief' }));
    expect(message.content).toEqual([{ type: 'text', text: 'Mock answer to: hello there' }]);
    expect(harness.decisions()).toMatchObject([
      { decision: 'allow', call_kind: 'model_request', tool_name: 'claude-sonnet-5' },
    ]);
    expect(harness.outcomes()).toMatchObject([{ status: 'completed', error: null }]);
    expect(harness.effect()).toMatchObject({
      provider: 'mock',
      requested_model: 'claude-sonnet-5',
      served_model: 'claude-sonnet-5',
      route: 'default',
      http_status: 200,
      is_streaming: false,
      ttft_ms: null,
      input_tokens: message.usage.input_tokens,
      output_tokens: message.usage.output_tokens,
      price_source: 'provider:mock',
      stop_reason: 'end_turn',
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'user', content: 'hello there' },
        { role: 'assistant', content: [{ type: 'text', text: 'Mock answer to: hello there' }] },
      ],
    });
    expect(harness.effect().cost_microdollars).toBeGreaterThan(0);
    expect(harness.effect().upstream_request_id).toBe(message._request_id);
  });

  it('holds a streamed conversation with a tool', async () => {
    const prompt = 'use tool read_file with {"path":"/etc/hostname"}';
    const first = await client.messages.stream(ask(prompt, { tools: [READ_TOOL] })).finalMessage();
    const use = first.content.find((block) => block.type === 'tool_use');
    expect([first.stop_reason, use?.name, use?.input]).toEqual(['tool_use', 'read_file', { path: '/etc/hostname' }]);
    expect(harness.effect()).toMatchObject({
      is_streaming: true,
      stop_reason: 'tool_use',
      tool_calls: [{ tool_use_id: use?.id, tool_name: 'read_file', input: { path: '/etc/hostname' } }],
    });
    const texts: string[] = [];
    const second = await client.messages
      .stream({
        ...ask(prompt, { tools: [READ_TOOL] }),
        messages: [
          { role: 'user', content: prompt },
          { role: 'assistant', content: first.content },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: use?.id ?? '', content: 'my-host' }] },
        ],
      })
      .on('text', (text) => texts.push(text))
      .finalMessage();
    expect(second.content).toEqual([{ type: 'text', text: 'The tool answered: my-host' }]);
    expect(texts.join('')).toBe('The tool answered: my-host');
    expect(harness.calls[1]?.content.map((part) => part.path)).toEqual([['messages', 2, 'content']]);
    expect(harness.calls[1]?.history).toHaveLength(2);
    expect(harness.outcomes().map((outcome) => outcome.status)).toEqual(['completed', 'completed']);
  });

  it('counts tokens without a charge, as a decision', async () => {
    const { input_tokens } = await client.messages.countTokens({
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
    });
    expect(input_tokens).toBeGreaterThan(0);
    expect(harness.decisions()).toHaveLength(1);
    expect(harness.outcomes()).toMatchObject([{ status: 'completed', effect: null }]);
    expect(harness.mock.stats()).toMatchObject({ count_tokens: 1, messages: 0 });
  });

  it('lists models and finds one', async () => {
    const ids: string[] = [];
    for await (const model of client.models.list({ limit: 1 })) ids.push(model.id);
    expect(ids).toEqual(['claude-mock-1-0', 'claude-mock-mini-1-0']);
    expect(await client.models.retrieve('claude-mock-1-0')).toMatchObject({ type: 'model', id: 'claude-mock-1-0' });
    await expect(client.models.retrieve('claude-none')).rejects.toMatchObject({ status: 404 });
  });

  it('gets the upstream’s own errors, with their wait', async () => {
    const error = await client.messages.create(ask('mock-error-529')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Anthropic.APIError);
    expect(error).toMatchObject({ status: 529, type: 'overloaded_error' });
    expect((error as InstanceType<typeof Anthropic.APIError>).headers?.get('retry-after')).toBe('7');
    expect(harness.outcomes()).toMatchObject([
      { status: 'failed', error: 'overloaded_error: asked for by the prompt' },
    ]);
    expect(harness.effect()).toMatchObject({ http_status: 529, cost_microdollars: null, price_source: null });
    await expect(
      client.messages.countTokens({ model: 'm-mock-error-529', messages: [{ role: 'user', content: 'x' }] }),
    ).rejects.toMatchObject({ status: 529 });
  });

  it('is told of a page that is no message', async () => {
    await expect(client.messages.create(ask('mock-html'))).rejects.toMatchObject({ status: 502 });
    expect(harness.outcomes()).toMatchObject([{ status: 'failed', error: 'the upstream answered 502 with text/html' }]);
  });

  it('is told when the upstream dies in the middle of a stream', async () => {
    const events: string[] = [];
    const stream = client.messages.stream(ask('mock-cut mock-words-50'));
    stream.on('streamEvent', (event) => events.push(event.type));
    const error = await stream.finalMessage().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ type: 'api_error' });
    expect(events).toContain('content_block_delta');
    expect(events).not.toContain('message_stop');
    await harness.recorded(1);
    expect(harness.outcomes()).toMatchObject([{ status: 'failed' }]);
    expect(harness.effect()).toMatchObject({ http_status: 200, output_tokens: 1 });
  });

  it('ends the upstream when it goes away, and pays for what it got', async () => {
    const stream = client.messages.stream(ask('mock-pause-20 mock-words-1000', { max_tokens: 10_000 }));
    await new Promise<void>((resolve) => stream.once('text', () => resolve()));
    stream.done().catch(() => {});
    stream.abort();
    await harness.recorded(1);
    await new Promise(setImmediate);
    expect(harness.outcomes()).toMatchObject([{ status: 'cancelled' }]);
    expect(harness.effect().input_tokens).toBeGreaterThan(0);
    expect(harness.effect().cost_microdollars).toBeGreaterThan(0);
    expect(harness.gateway.status().inFlightRequests).toBe(0);
  });
});
