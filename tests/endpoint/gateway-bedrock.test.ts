import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KEYS, signatureProblem } from '#tests/support/bedrock';
import { type FakeProvider, SAID, startFakeProvider } from '#tests/support/fake-providers';
import { type GatewayHarness, startGateway } from '#tests/support/gateway-harness';

const MODEL = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const REGION = 'eu-west-1';

let claude: FakeProvider;
let chat: FakeProvider;
let gateway: GatewayHarness;
let anthropic: Anthropic;
let openai: OpenAI;

beforeAll(async () => {
  claude = await startFakeProvider('anthropic');
  chat = await startFakeProvider('openai-chat');
  const host = (fake: FakeProvider) => new URL(fake.endpoint).origin;
  const own = { provider: 'bedrock', endpoint: host(claude), upstream_model: MODEL };
  const there = { ...own, region: REGION };
  gateway = await startGateway({
    routes: [
      { ...there, model_pattern: 'claude-*', api_key_secret: 'keys' },
      { ...there, model_pattern: 'bearer', api_key_secret: 'api_key', auth_scheme: 'bearer' },
      { ...there, model_pattern: 'ended', api_key_secret: 'ended_keys' },
      { ...there, model_pattern: 'no-keys', api_key_secret: 'no_keys' },
      { ...own, model_pattern: 'nowhere', api_key_secret: 'keys' },
      {
        ...there,
        model_pattern: 'profile',
        api_key_secret: 'keys',
        upstream_model: 'arn:aws:bedrock:x:1:y/z (1)',
        pricing: { input_per_million: 1, output_per_million: 1 },
      },
      {
        model_pattern: 'openai.*',
        provider: 'bedrock-openai',
        endpoint: host(chat),
        region: REGION,
        api_key_secret: 'keys',
      },
    ],
  });
  gateway.secrets.set('keys', JSON.stringify({ Version: 1, ...KEYS, Expiration: '2999-01-01T00:00:00+00:00' }));
  gateway.secrets.set('ended_keys', JSON.stringify({ ...KEYS, Expiration: '2020-01-01T00:00:00Z' }));
  gateway.secrets.set('no_keys', JSON.stringify({ ...KEYS, SecretAccessKey: undefined }));
  gateway.secrets.set('api_key', 'bedrock-api-key-0001');
  anthropic = new Anthropic({ baseURL: gateway.url, apiKey: 'of-the-client', maxRetries: 0 });
  openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'of-the-client', maxRetries: 0 });
});
afterEach(() => {
  for (const fake of [claude, chat]) {
    fake.received.length = 0;
    fake.override = undefined;
  }
  gateway.records.length = 0;
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([claude.close(), chat.close()]);
});

const messages = [{ role: 'user' as const, content: 'hello' }];
const ask = (model: string) => ({ model, max_tokens: 50, messages });

describe('Claude on Bedrock', () => {
  it('is asked in its own form and signed for, and priced by the list of AWS', async () => {
    const message = await anthropic.messages.create(ask('claude-sonnet'), {
      headers: { 'anthropic-beta': 'claude-code-20250219,context-1m-2025-08-07,advanced-tool-use-2025-11-20' },
    });
    expect(message.content).toEqual([{ type: 'text', text: SAID.text }]);
    const [received] = claude.received;
    if (received === undefined) throw new Error('nothing was received');
    expect(received.path).toBe('/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke');
    expect(received.body).toEqual({
      anthropic_version: 'bedrock-2023-05-31',
      anthropic_beta: ['context-1m-2025-08-07', 'tool-search-tool-2025-10-19'],
      max_tokens: 50,
      messages,
    });
    expect(signatureProblem(received, REGION)).toBeNull();
    expect(signatureProblem({ ...received, text: `${received.text} ` }, REGION)).toMatch(/does not match/);
    for (const name of ['x-api-key', 'anthropic-version', 'anthropic-beta'])
      expect(received.headers[name]).toBeUndefined();
    await gateway.recorded(1);
    expect(gateway.effect()).toMatchObject({
      provider: 'bedrock',
      price_source: expect.stringContaining('anthropic.claude-sonnet-4-5'),
    });
    expect(gateway.effect().cost_microdollars).toBeGreaterThan(0);
    expect(JSON.stringify(gateway.records)).not.toContain(KEYS.SecretAccessKey);
  });

  it('is signed for rightly whatever characters the name of a model has', async () => {
    await anthropic.messages.create(ask('profile'));
    const [received] = claude.received;
    if (received === undefined) throw new Error('nothing was received');
    expect(received.path).toBe('/model/arn%3Aaws%3Abedrock%3Ax%3A1%3Ay%2Fz%20%281%29/invoke');
    expect(signatureProblem(received, REGION)).toBeNull();
  });

  it('answers a client of OpenAI, whose request is converted first', async () => {
    const answer = await openai.chat.completions.create({ model: 'claude-sonnet', messages });
    expect(answer.choices[0]?.message.content).toBe(SAID.text);
    expect(claude.received[0]?.body).toMatchObject({ anthropic_version: 'bedrock-2023-05-31' });
    expect(claude.received[0]?.body).not.toHaveProperty('model');
  });

  it('has its prompts counted here, because it has no counter that answers in this form', async () => {
    const counted = await anthropic.messages.countTokens({ model: 'claude-sonnet', messages }).withResponse();
    expect(counted.data.input_tokens).toBeGreaterThan(0);
    expect(counted.response.headers.get('x-systemprompt-token-count')).toBe('estimated');
    expect(claude.received).toEqual([]);
  });

  it('takes a key of Bedrock’s own, which is not signed with', async () => {
    await anthropic.messages.create(ask('bearer'));
    expect(claude.received[0]?.headers).toMatchObject({ authorization: 'Bearer bedrock-api-key-0001' });
    expect(claude.received[0]?.headers).not.toHaveProperty('x-amz-date');
  });

  it.each<readonly [string, number, string, string, string]>([
    [
      'ValidationException:http://internal.amazon.com/',
      400,
      '{"message":"invalid beta flag"}',
      'invalid_request_error',
      'invalid beta flag',
    ],
    ['AccessDeniedException', 403, '{"Message":"not for you"}', 'permission_error', 'not for you'],
    ['ThrottlingException', 429, '{"message":"Too many tokens"}', 'rate_limit_error', 'Too many tokens'],
    ['', 403, '{"__type":"com.amazon#ExpiredTokenException","message":"ended"}', 'authentication_error', 'ended'],
    ['ModelNotReadyException', 429, '', 'overloaded_error', 'ModelNotReadyException'],
  ])('has the error %s of status %i told in the words of the client', async (type, status, text, told, message) => {
    claude.override = (_, response) =>
      response
        .writeHead(status, {
          'content-type': 'application/json',
          'x-amzn-errortype': type,
          'x-amzn-requestid': 'aws-1',
        })
        .end(text);
    await expect(anthropic.messages.create(ask('claude-sonnet'))).rejects.toMatchObject({
      status,
      error: { type: 'error', error: { type: told, message: expect.stringContaining(message) } },
    });
    await gateway.recorded(1);
    expect(gateway.outcomes()).toMatchObject([{ status: 'failed' }]);
    expect(gateway.effect().upstream_request_id).toBe('aws-1');
  });
});

describe('keys of AWS that sign nothing', () => {
  it.each([
    ['ended', /ended at 2020-01-01T00:00:00Z/],
    ['no-keys', /holds no access keys of AWS \(SecretAccessKey\)/],
    ['nowhere', /names no region of AWS/],
  ])('are told of (%s), and nothing is sent', async (model, problem) => {
    const error = await anthropic.messages.create(ask(model)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 503, message: expect.stringMatching(problem) });
    expect(String(error)).not.toContain(KEYS.SessionToken);
    expect(claude.received).toEqual([]);
    await gateway.recorded(1);
    expect(gateway.outcomes()).toMatchObject([{ status: 'failed' }]);
  });
});

describe('other models on Bedrock', () => {
  it('are asked by the wire of OpenAI, signed for all the same', async () => {
    const answer = await openai.chat.completions.create({ model: 'openai.gpt-oss-120b-1:0', messages });
    expect(answer.choices[0]?.message.content).toBe(SAID.text);
    const [received] = chat.received;
    if (received === undefined) throw new Error('nothing was received');
    expect(received.path).toBe('/openai/v1/chat/completions');
    expect(received.body).toMatchObject({ model: 'openai.gpt-oss-120b-1:0' });
    expect(signatureProblem(received, REGION)).toBeNull();
  });
});
