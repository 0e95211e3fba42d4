import type { ServerResponse } from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { answerEvents, chunkFrame, exceptionFrame, frame, KEYS, signatureProblem } from '#tests/support/bedrock';
import { type FakeProvider, SAID, startFakeProvider } from '#tests/support/fake-providers';
import { type GatewayHarness, startGateway } from '#tests/support/gateway-harness';

const REGION = 'us-west-2';
const FRAMES = answerEvents(SAID.text).map(chunkFrame);

let bedrock: FakeProvider;
let direct: FakeProvider;
let gateway: GatewayHarness;
let anthropic: Anthropic;

beforeAll(async () => {
  bedrock = await startFakeProvider('anthropic');
  direct = await startFakeProvider('anthropic');
  const route = {
    provider: 'bedrock',
    endpoint: new URL(bedrock.endpoint).origin,
    region: REGION,
    api_key_secret: 'keys',
    upstream_model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  };
  gateway = await startGateway({
    routes: [
      { ...route, model_pattern: 'claude-*' },
      { ...route, model_pattern: 'guarded', output_guard: { secrets: 'redact' } },
      {
        ...route,
        model_pattern: 'safe',
        fallbacks: [{ provider: 'anthropic', endpoint: direct.endpoint, upstream_model: 'claude-sonnet-4-5' }],
      },
    ],
  });
  gateway.secrets.set('keys', JSON.stringify(KEYS));
  anthropic = new Anthropic({ baseURL: gateway.url, apiKey: 'of-the-client', maxRetries: 0 });
});
afterEach(() => {
  bedrock.received.length = 0;
  direct.received.length = 0;
  gateway.records.length = 0;
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([bedrock.close(), direct.close()]);
});

/** Answers with these bytes, in pieces of a size that is no size of anything. */
function stream(bytes: Buffer, end: (response: ServerResponse) => void = (response) => response.end()): void {
  bedrock.override = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'aws-2' });
    for (let at = 0; at < bytes.length; at += 37) response.write(bytes.subarray(at, at + 37));
    end(response);
  };
}

async function raw(model = 'claude-sonnet'): Promise<{ readonly type: string | null; readonly text: string }> {
  const response = await fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    body: JSON.stringify({ model, max_tokens: 50, stream: true, messages: [{ role: 'user', content: 'hello' }] }),
  });
  return { type: response.headers.get('content-type'), text: await response.text() };
}

/** The text of all deltas. */
function told(text: string): string {
  const deltas = [...text.matchAll(/^data: (.*"text_delta".*)$/gm)];
  return deltas.map(([, data]) => JSON.parse(data ?? '').delta.text).join('');
}

const question = { model: 'claude-sonnet', max_tokens: 50, messages: [{ role: 'user' as const, content: 'hello' }] };

describe('a stream of Bedrock', () => {
  it('reaches the client as the events of Anthropic’s own', async () => {
    stream(Buffer.concat([frame({ ':message-type': 'event', ':event-type': 'later' }, '{}'), ...FRAMES]));
    const message = await anthropic.messages.stream(question).finalMessage();
    expect(message.content).toMatchObject([{ type: 'text', text: SAID.text }]);
    const [received] = bedrock.received;
    if (received === undefined) throw new Error('nothing was received');
    expect(received.path).toMatch(/-v1%3A0\/invoke-with-response-stream$/);
    expect(received.body).not.toHaveProperty('stream');
    expect(signatureProblem(received, REGION)).toBeNull();
    await gateway.recorded(1);
    expect(gateway.outcomes()).toMatchObject([{ status: 'completed', error: null }]);
    expect(gateway.effect()).toMatchObject({
      is_streaming: true,
      input_tokens: 20,
      cache_read_tokens: 5,
      output_tokens: 9,
      stop_reason: 'end_turn',
      upstream_request_id: 'aws-2',
    });
  });

  it('is byte for byte what the frames held', async () => {
    stream(Buffer.concat(FRAMES));
    const expected = answerEvents(SAID.text).map((event) => {
      const data = JSON.stringify(event);
      return `event: ${JSON.parse(data).type}\ndata: ${data}\n\n`;
    });
    expect(await raw()).toEqual({ type: 'text/event-stream; charset=utf-8', text: expected.join('') });
  });

  it('is converted for a client of OpenAI', async () => {
    stream(Buffer.concat(FRAMES));
    const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'of-the-client', maxRetries: 0 });
    let text = '';
    const { messages } = question;
    for await (const chunk of await openai.chat.completions.create({
      model: 'claude-sonnet',
      messages,
      stream: true,
    })) {
      text += chunk.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe(SAID.text);
  });

  it('is guarded as any other, across the borders of its frames', async () => {
    const secret = 'AKIAQ3EGTZ7XW5BJLM2P';
    const letters = [...`the ${secret} of mine`].map((text) =>
      chunkFrame({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
    );
    stream(Buffer.concat([...FRAMES.slice(0, 2), ...letters, ...FRAMES.slice(4)]));
    const { text } = await raw('guarded');
    expect(told(text)).toMatch(/^the .+ of mine$/);
    expect(told(text)).not.toContain(secret.slice(4));
    expect(text).toContain('message_stop');
  });

  it.each([
    ['throttlingException', 'rate_limit_error'],
    ['modelStreamErrorException', 'api_error'],
    ['modelTimeoutException', 'timeout_error'],
  ])('that ends with %s ends with an error of the client’s dialect, and only one', async (exception, type) => {
    stream(Buffer.concat([...FRAMES.slice(0, 3), exceptionFrame(exception, 'Too much')]));
    const { text } = await raw();
    const events = text.trim().split('\n\n');
    expect(events.filter((event) => event.startsWith('event: error'))).toHaveLength(1);
    expect(events.at(-1)).toContain(`"error":{"type":"${type}","message":"Too much"}`);
    expect(text).not.toContain('message_stop');
    await gateway.recorded(1);
    expect(gateway.outcomes()).toMatchObject([{ status: 'failed', error: expect.stringContaining('Too much') }]);
  });

  it('whose bytes are damaged is ended at the damage, as a failure', async () => {
    const bad = Buffer.from(FRAMES[3] ?? '');
    bad[40] = (bad[40] ?? 0) ^ 1;
    stream(Buffer.concat([...FRAMES.slice(0, 3), bad, ...FRAMES.slice(4)]));
    const { text } = await raw();
    expect(text).toContain('"text":"Hell"');
    expect(text).not.toContain('message_stop');
    expect(text.trim().split('\n\n').at(-1)).toMatch(/^event: error\ndata: .*is damaged/);
    await gateway.recorded(1);
    expect(gateway.outcomes()).toMatchObject([{ status: 'failed', error: expect.stringContaining('is damaged') }]);
  });

  it.each(['ends', 'is cut'])('that %s in the middle of a frame has no clean end', async (how) => {
    const bytes = Buffer.concat(FRAMES);
    stream(bytes.subarray(0, bytes.length - 20), (response) => {
      if (how === 'ends') response.end();
      else response.write('', () => response.destroy());
    });
    const { text } = await raw();
    expect(text).not.toContain('message_stop');
    expect(text.trim().split('\n\n').at(-1)).toMatch(/^event: error/);
    await gateway.recorded(1);
    expect(gateway.outcomes()).toMatchObject([{ status: 'failed' }]);
  });

  it.each([
    ['an exception', exceptionFrame('serviceUnavailableException', 'busy')],
    ['a frame that is damaged', Buffer.from('000000100000000005c248eb7d98c800', 'hex')],
  ])('that begins with %s is asked for at the next upstream', async (_, first) => {
    stream(first);
    const { text } = await raw('safe');
    expect(text).toContain('message_stop');
    expect(direct.received).toHaveLength(1);
    await gateway.recorded(1);
    expect(gateway.effect()).toMatchObject({ provider: 'anthropic' });
  });
});
