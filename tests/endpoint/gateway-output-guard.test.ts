import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { type GatewayHarness, listen, startGateway } from '../support/gateway-harness.ts';

const AWS_KEY = 'AKIA' + 'IOSFODNN7EXAMPLE';
const BODY = AWS_KEY.slice(4);
const TEXTS = ['Hello there. ', 'The key is AKIAIOSF', `${AWS_KEY.slice(8)} and more`, ' to come.'];

let closing: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closing.toReversed()) await close();
  closing = [];
});

/** An Anthropic upstream that says the texts as one block; `left` resolves when a stream of it is cut off. */
async function upstreamOf(options: { texts?: readonly string[]; isEndless?: boolean } = {}) {
  const texts = options.texts ?? TEXTS;
  const left = Promise.withResolvers<void>();
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { stream } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const usage = { input_tokens: 3, output_tokens: 5 };
    const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-x', usage, stop_sequence: null };
    if (stream !== true) {
      response.writeHead(200, { 'content-type': 'application/json' });
      const content = [{ type: 'text', text: texts.join('') }];
      response.end(JSON.stringify({ ...message, content, stop_reason: 'end_turn' }));
      return;
    }
    response.once('close', () => {
      if (!response.writableFinished) left.resolve();
    });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (event: { type: string }) =>
      response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    const start = { ...message, content: [], stop_reason: null };
    send({ type: 'message_start', message: start } as { type: string });
    send({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } as { type: string });
    for (const text of texts) {
      send({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } } as { type: string });
    }
    if (options.isEndless === true) return;
    send({ type: 'content_block_stop', index: 0 } as { type: string });
    const delta = { stop_reason: 'end_turn', stop_sequence: null };
    send({ type: 'message_delta', delta, usage: { output_tokens: 5 } } as { type: string });
    send({ type: 'message_stop' });
    response.end();
  });
  const endpoint = await listen(server);
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint, left: left.promise };
}

async function gatewayBefore(endpoint: string, guard: object | undefined, route: object = {}): Promise<GatewayHarness> {
  const guarded = guard === undefined ? {} : { output_guard: guard };
  const routes = [
    {
      model_pattern: '*',
      provider: 'anthropic',
      endpoint,
      allow_unpriced: true,
      content: 'full',
      ...guarded,
      ...route,
    },
  ];
  const harness = await startGateway({ routes });
  closing.push(() => harness.close());
  return harness;
}

async function ask(harness: GatewayHarness, dialect: 'anthropic' | 'gemini', stream: boolean) {
  const path =
    dialect === 'anthropic'
      ? '/v1/messages'
      : `/v1beta/models/claude-x:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`;
  const anthropic = { model: 'claude-x', max_tokens: 100, stream, messages: [{ role: 'user', content: 'hello' }] };
  const body = dialect === 'anthropic' ? anthropic : { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] };
  const response = await fetch(`${harness.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, text: await response.text() };
}

const DIALECTS = ['anthropic', 'gemini'] as const;
const resultsOf = (harness: GatewayHarness) => harness.decisions().filter(({ call_kind }) => call_kind === 'result');

describe.each(DIALECTS)('an answer to a client of %s', (dialect) => {
  describe.each([true, false])('streamed: %s', (stream) => {
    it('is only recorded by default, and goes on as it is', async () => {
      const { endpoint } = await upstreamOf();
      const harness = await gatewayBefore(endpoint, undefined, { content: 'none' });
      const { status, text } = await ask(harness, dialect, stream);
      expect(status).toBe(200);
      expect(text).toContain('to come.');
      expect(resultsOf(harness)).toMatchObject([{ decision: 'allow', policy: 'output_guard' }]);
      const [finding] = resultsOf(harness)[0]?.evaluated_rules.findings ?? [];
      expect(finding).toMatchObject({ check: 'output_guard', result: 'flag', rule: 'aws-access-key' });
      expect(harness.outcomes()).toMatchObject([{ status: 'completed' }]);
      expect(JSON.stringify(harness.records)).not.toContain(BODY);
    });

    it('goes on with a label in the place of a secret', async () => {
      const { endpoint } = await upstreamOf();
      const harness = await gatewayBefore(endpoint, { secrets: 'redact' });
      const { status, text } = await ask(harness, dialect, stream);
      expect(status).toBe(200);
      expect(text).toContain('[redacted:aws-access-key]');
      expect(text).toContain('to come.');
      expect(text).not.toContain(AWS_KEY.slice(8));
      expect(resultsOf(harness)[0]?.evaluated_rules.findings).toMatchObject([{ result: 'redact' }]);
      expect(harness.outcomes()).toMatchObject([{ status: 'completed', error: null }]);
      expect(JSON.stringify(harness.records)).not.toContain(AWS_KEY.slice(8));
    });

    it('ends before a secret that blocks, in the words of its dialect', async () => {
      const { endpoint } = await upstreamOf();
      const harness = await gatewayBefore(endpoint, { secrets: 'block' });
      const { status, text } = await ask(harness, dialect, stream);
      expect(status).toBe(stream ? 200 : 400);
      expect(text).toContain('blocked by output_guard: aws-access-key');
      expect(text).toContain(dialect === 'anthropic' ? '"type":"error"' : '"error":{');
      expect(text).not.toContain(AWS_KEY.slice(8));
      expect(text).not.toContain('to come.');
      expect(resultsOf(harness)).toMatchObject([{ decision: 'deny', policy: 'output_guard' }]);
      expect(harness.outcomes()).toMatchObject([{ status: 'failed' }]);
      expect(harness.outcomes()[0]?.error).toContain('blocked by output_guard');
      expect(JSON.stringify(harness.records)).not.toContain(AWS_KEY.slice(8));
    });

    it('has no second decision when nothing is found', async () => {
      const { endpoint } = await upstreamOf({ texts: ['Nothing ', 'to see.'] });
      const harness = await gatewayBefore(endpoint, { secrets: 'redact' });
      const { text } = await ask(harness, dialect, stream);
      expect(text).toContain('to see.');
      expect(resultsOf(harness)).toEqual([]);
    });
  });

  it('that blocks cuts its upstream off', async () => {
    const { endpoint, left } = await upstreamOf({ isEndless: true });
    const harness = await gatewayBefore(endpoint, { secrets: 'block' });
    const { text } = await ask(harness, dialect, true);
    expect(text).toContain('blocked by output_guard');
    await left;
    expect(harness.outcomes()).toMatchObject([{ status: 'failed' }]);
  });
});

describe('an answer that nothing guards', () => {
  it('is byte for byte the answer of its upstream', async () => {
    const { endpoint } = await upstreamOf();
    const off = { secrets: 'off', canaries: 'off' };
    const harness = await gatewayBefore(endpoint, off);
    expect((await ask(harness, 'anthropic', true)).text).toContain('AKIAIOSF');
    expect(resultsOf(harness)).toEqual([]);
  });
});

describe('a compressed answer that must be guarded', () => {
  it('is an error of the upstream', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'br' });
      response.end(AWS_KEY);
    });
    const endpoint = await listen(server);
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const harness = await gatewayBefore(endpoint, { secrets: 'redact' });
    const { status, text } = await ask(harness, 'anthropic', false);
    expect([status, text.includes(AWS_KEY)]).toEqual([502, false]);
  });
});
