import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeProvider, SAID, startFakeProvider } from '#tests/support/fake-providers';
import { type GatewayHarness, startGateway } from '#tests/support/gateway-harness';

const KEY = 'key-of-the-resource-0001';

let chat: FakeProvider;
let responses: FakeProvider;
let gateway: GatewayHarness;
let openai: OpenAI;

beforeAll(async () => {
  chat = await startFakeProvider('openai-chat');
  responses = await startFakeProvider('openai-responses');
  const resource = { provider: 'azure-openai', api_key_secret: 'azure_key' };
  const host = (fake: FakeProvider) => new URL(fake.endpoint).origin;
  gateway = await startGateway({
    routes: [
      {
        ...resource,
        model_pattern: 'dated',
        endpoint: host(chat),
        api_version: '2024-10-21',
        upstream_model: 'gpt-4.1-mini',
      },
      { ...resource, model_pattern: 'answers', endpoint: host(responses), upstream_model: 'gpt-4.1' },
    ],
  });
  gateway.secrets.set('azure_key', KEY);
  openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'of-the-client', maxRetries: 0 });
});
afterAll(async () => {
  await gateway.close();
  await chat.close();
  await responses.close();
});

describe('a deployment on Azure', () => {
  it('is asked at its own address with the key of its resource, and priced as the model that it is', async () => {
    const answer = await openai.chat.completions.create({
      model: 'dated',
      messages: [{ role: 'user', content: 'hello' }],
    });
    expect(answer.choices[0]?.message.content).toBe(SAID.text);
    expect(chat.received).toMatchObject([
      {
        path: '/openai/deployments/gpt-4.1-mini/chat/completions?api-version=2024-10-21',
        headers: { 'api-key': KEY },
        body: { model: 'gpt-4.1-mini' },
      },
    ]);
    expect(chat.received[0]?.headers.authorization).toBeUndefined();
    await gateway.recorded(1);
    expect(gateway.effect().cost_microdollars).toBeGreaterThan(0);
  });

  it('answers the Responses API without a translation', async () => {
    const answer = await openai.responses.create({ model: 'answers', input: 'hello' }).withResponse();
    expect(answer.data.output_text).toBe(SAID.text);
    expect(answer.response.headers.get('x-systemprompt-conversion')).toBeNull();
    expect(responses.received).toMatchObject([{ path: '/openai/v1/responses', headers: { 'api-key': KEY } }]);
  });
});
