import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FakeProvider, SAID, startFakeProvider } from '#tests/support/fake-providers';
import { type GatewayHarness, startGateway } from '#tests/support/gateway-harness';
import { type GoogleIdentity, startGoogleIdentity } from '#tests/support/google-identity';

const PRICING = { input_per_million: 1, output_per_million: 1 };
const PLACE = '/v1/projects/p/locations/us-east5';

let google: GoogleIdentity;
let claude: FakeProvider;
let gemini: FakeProvider;
let gateway: GatewayHarness;
let anthropic: Anthropic;

beforeAll(async () => {
  google = await startGoogleIdentity();
  claude = await startFakeProvider('anthropic');
  gemini = await startFakeProvider('gemini');
  const below = (fake: FakeProvider) => `${new URL(fake.endpoint).origin}${PLACE}`;
  const sonnet = { provider: 'vertex', endpoint: below(claude), upstream_model: 'claude-sonnet-4-5@20250929' };
  gateway = await startGateway({
    routes: [
      { ...sonnet, model_pattern: 'claude-quiet', api_key_secret: 'key', extra_headers: { 'anthropic-beta': '' } },
      { ...sonnet, model_pattern: 'claude-*', api_key_secret: 'key' },
      { ...sonnet, model_pattern: 'own-token', api_key_secret: 'token', auth_scheme: 'bearer' },
      {
        ...sonnet,
        model_pattern: 'safe',
        api_key_secret: 'broken',
        fallbacks: [
          {
            provider: 'anthropic',
            endpoint: claude.endpoint,
            api_key_secret: 'direct',
            upstream_model: 'claude-sonnet-4-5',
          },
        ],
      },
      { model_pattern: 'gemini-*', provider: 'vertex-gemini', endpoint: below(gemini), api_key_secret: 'key' },
    ],
  });
  gateway.secrets.set('key', google.keyFile);
  gateway.secrets.set('token', 'ya29.mine');
  gateway.secrets.set('direct', 'sk-direct');
  gateway.secrets.set('broken', JSON.stringify({ ...JSON.parse(google.keyFile), client_email: 'other@p.example' }));
  anthropic = new Anthropic({ baseURL: gateway.url, apiKey: 'of-the-client', maxRetries: 0 });
});
afterEach(() => {
  for (const fake of [claude, gemini]) {
    fake.received.length = 0;
    fake.override = undefined;
  }
  gateway.records.length = 0;
  google.refusal = undefined;
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([claude.close(), gemini.close(), google.close()]);
});

const ask = (model: string) => ({ model, max_tokens: 50, messages: [{ role: 'user' as const, content: 'hello' }] });

describe('Claude on Vertex', () => {
  it('is asked in its own form with a token for the key, and priced by Google’s list', async () => {
    const message = await anthropic.messages.create(ask('claude-sonnet'), {
      headers: { 'anthropic-beta': 'context-1m-2025-08-07,oauth-2025-04-20,new-thing-2027-01-01' },
    });
    expect(message.content).toEqual([{ type: 'text', text: SAID.text }]);
    const [received] = claude.received;
    expect(received?.path).toBe(`${PLACE}/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict`);
    expect(received?.body).toEqual({
      anthropic_version: 'vertex-2023-10-16',
      anthropic_beta: ['context-1m-2025-08-07', 'new-thing-2027-01-01'],
      max_tokens: 50,
      messages: [{ role: 'user', content: 'hello' }],
    });
    expect(received?.headers.authorization).toMatch(/^Bearer ya29\.\d+$/);
    for (const name of ['x-api-key', 'anthropic-version', 'anthropic-beta'])
      expect(received?.headers[name]).toBeUndefined();
    await gateway.recorded(1);
    expect(gateway.effect()).toMatchObject({
      provider: 'vertex',
      price_source: expect.stringMatching(/claude-sonnet/),
    });
    expect(JSON.stringify(gateway.records)).not.toMatch(/ya29|PRIVATE KEY/);
  });

  it('streams, and the token is that of the request before', async () => {
    const asked = google.asked.length;
    const message = await anthropic.messages.stream(ask('claude-sonnet')).finalMessage();
    expect(message.content).toMatchObject([{ type: 'text', text: SAID.text }]);
    expect(claude.received[0]?.path).toMatch(/:streamRawPredict$/);
    expect(claude.received[0]?.body).toMatchObject({ stream: true });
    expect(google.asked).toHaveLength(asked);
  });

  it('counts tokens where Vertex does, with the betas that it knows there', async () => {
    claude.override = (_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"input_tokens":7}');
    const { messages } = ask('claude-sonnet');
    const counted = await anthropic.messages.countTokens(
      { model: 'claude-sonnet', messages },
      { headers: { 'anthropic-beta': 'claude-code-20250219,files-api-2025-04-14' } },
    );
    expect(counted.input_tokens).toBe(7);
    expect(claude.received).toMatchObject([
      {
        path: `${PLACE}/publishers/anthropic/models/count-tokens:rawPredict`,
        body: { model: 'claude-sonnet-4-5@20250929', anthropic_beta: ['claude-code-20250219'] },
      },
    ]);
  });

  it('answers a client of OpenAI, whose request is converted first', async () => {
    const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'of-the-client', maxRetries: 0 });
    const answer = await openai.chat.completions.create({
      model: 'claude-sonnet',
      messages: [{ role: 'user', content: 'hello' }],
    });
    expect(answer.choices[0]?.message.content).toBe(SAID.text);
    expect(claude.received[0]?.body).toMatchObject({ anthropic_version: 'vertex-2023-10-16' });
    expect(claude.received[0]?.body).not.toHaveProperty('model');
  });

  it('takes a token of the operator’s own, and the betas that the route says', async () => {
    await anthropic.messages.create(ask('own-token'));
    await anthropic.messages.create(ask('claude-quiet'), { headers: { 'anthropic-beta': 'context-1m-2025-08-07' } });
    expect(claude.received[0]?.headers.authorization).toBe('Bearer ya29.mine');
    expect(claude.received[1]?.body).not.toHaveProperty('anthropic_beta');
  });

  it('has errors of Google’s told in the words of the client, and its own left alone', async () => {
    const told = { error: { code: 404, message: 'Publisher Model was not found', status: 'NOT_FOUND' } };
    claude.override = (_, response) => response.writeHead(404).end(JSON.stringify(told));
    await expect(anthropic.messages.create(ask('claude-sonnet'))).rejects.toMatchObject({
      status: 404,
      error: { type: 'error', error: { type: 'not_found_error', message: 'Publisher Model was not found' } },
    });
    const own = '{ "type":"error", "error":{"type":"overloaded_error","message":"Overloaded"} }';
    claude.override = (_, response) => response.writeHead(529, { 'content-type': 'application/json' }).end(own);
    const raw = await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      body: JSON.stringify(ask('claude-sonnet')),
    });
    expect([raw.status, await raw.text()]).toEqual([529, own]);
    await gateway.recorded(2);
    expect(gateway.outcomes()).toMatchObject([
      { status: 'failed', error: expect.stringContaining('Publisher Model was not found') },
      {},
    ]);
  });
});

describe('a token that is not given', () => {
  it('sends the request to the next upstream while it may yet be given', async () => {
    google.refusal = { status: 503, text: '' };
    const message = await anthropic.messages.create(ask('safe'));
    expect(message.content).toMatchObject([{ text: SAID.text }]);
    expect(claude.received).toMatchObject([{ path: '/v1/messages', headers: { 'x-api-key': 'sk-direct' } }]);
  });

  it('is told, and nothing is sent, when the key is refused', async () => {
    google.refusal = { status: 401, text: '{"error":"invalid_client"}' };
    await expect(anthropic.messages.create(ask('safe'))).rejects.toMatchObject({
      status: 503,
      message: expect.stringContaining('gave no access token: 401 invalid_client'),
    });
    expect(claude.received).toEqual([]);
    await gateway.recorded(1);
    expect(gateway.outcomes()).toMatchObject([{ status: 'failed' }]);
  });
});

describe('a provider of the profile', () => {
  it('may be of a platform too', async () => {
    const endpoint = `${new URL(claude.endpoint).origin}${PLACE}`;
    const mine = { name: 'mine', wire: 'anthropic', platform: 'vertex', endpoint };
    const models = [{ id: 'quick', upstream_model: 'claude-haiku-4-5@20251001', pricing: PRICING }];
    const other = await startGateway({ routes: [{ model_pattern: '*', provider: 'mine' }] }, [
      { ...mine, api_key_secret: 'key', models },
    ]);
    other.secrets.set('key', google.keyFile);
    const client = new Anthropic({ baseURL: other.url, apiKey: 'of-the-client', maxRetries: 0 });
    await client.messages.create(ask('quick'));
    await other.close();
    expect(claude.received[0]?.path).toMatch(/models\/claude-haiku-4-5@20251001:rawPredict$/);
    expect(claude.received[0]?.headers.authorization).toMatch(/^Bearer ya29\./);
  });
});

describe('Gemini on Vertex', () => {
  it('answers Google’s own client, whole and streamed', async () => {
    const client = new GoogleGenAI({ apiKey: 'of-the-client', httpOptions: { baseUrl: gateway.url } });
    const question = { model: 'gemini-2.5-flash', contents: 'hello' };
    expect((await client.models.generateContent(question)).text).toBe(SAID.text);
    let text = '';
    for await (const chunk of await client.models.generateContentStream(question)) text += chunk.text ?? '';
    expect(text).toBe(SAID.text);
    expect(gemini.received.map(({ path }) => path)).toEqual([
      `${PLACE}/publishers/google/models/gemini-2.5-flash:generateContent`,
      `${PLACE}/publishers/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse`,
    ]);
    for (const { headers } of gemini.received) {
      expect(headers.authorization).toMatch(/^Bearer ya29\./);
      expect(headers['x-goog-api-key']).toBeUndefined();
    }
  });
});
