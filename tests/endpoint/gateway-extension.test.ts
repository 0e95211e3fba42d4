import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PrepareRequest } from '#features/gateway/registered-provider';
import { type FakeProvider, startFakeProvider } from '#tests/support/fake-providers';
import { type GatewayHarness, startGateway } from '#tests/support/gateway-harness';
import { defineExtension } from '../../src/extension.ts';

const routes = [{ model_pattern: '*', provider: 'own' }];
const KEY = 'key-of-the-upstream-0001';

let upstream: FakeProvider;
let gateway: GatewayHarness;
let impatient: GatewayHarness;
let prepare: PrepareRequest;

beforeAll(async () => {
  upstream = await startFakeProvider('anthropic');
  const { providers } = defineExtension({
    name: 'test',
    providers: [
      {
        name: 'own',
        wire: 'anthropic',
        endpoint: upstream.endpoint,
        api_key_secret: 'own_key',
        pricing: { input_per_million: 1, output_per_million: 1 },
        prepare: (request, purpose) => prepare(request, purpose),
      },
    ],
  });
  gateway = await startGateway({ routes }, [], {}, providers);
  impatient = await startGateway({ routes, timeouts: { first_byte_ms: 1 } }, [], {}, providers);
  gateway.secrets.set('own_key', KEY);
  impatient.secrets.set('own_key', KEY);
});
afterEach(() => {
  upstream.received.length = 0;
  gateway.records.length = 0;
});
afterAll(async () => {
  await gateway.close();
  await impatient.close();
  await upstream.close();
});

async function ask({ url } = gateway) {
  const response = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    body: JSON.stringify({ model: 'any', max_tokens: 9, messages: [{ role: 'user', content: 'hello' }] }),
  });
  return { status: response.status, text: await response.text() };
}

describe('prepare of a registered provider', () => {
  it('sees the request whole and its purpose, may take its time, and is obeyed', async () => {
    const seen: unknown[] = [];
    prepare = async (request, purpose) => {
      seen.push(purpose, request.headers['x-api-key']);
      return { ...request, path: `${request.path}?signed=1`, headers: { ...request.headers, 'x-own': 'yes' } };
    };
    expect((await ask()).status).toBe(200);
    expect(seen).toEqual([{ model: 'any', operation: 'generate', isStreaming: false }, KEY]);
    expect(upstream.received).toMatchObject([{ path: '/v1/messages?signed=1', headers: { 'x-own': 'yes' } }]);
    expect(gateway.outcomes()).toMatchObject([{ status: 'completed' }]);
  });

  it.each<readonly [string, unknown, RegExp]>([
    [
      'throws',
      () => {
        throw new RangeError(`bad ${KEY}`);
      },
      /failed with RangeError/,
    ],
    ['rejects', () => Promise.reject(new Error(KEY)), /failed with Error/],
    [
      'throws a word',
      () => {
        throw KEY;
      },
      /failed with a thrown value/,
    ],
    ['answers nothing', () => undefined, /cannot be sent/],
    ['splits the request', (request: object) => ({ ...request, path: '/v1 HTTP/1.1\r\nhost: a' }), /path: /],
    ['splits a header', (request: object) => ({ ...request, headers: { 'x-a': 'b\r\nc: d' } }), /headers: /],
    [
      'has another framing',
      (request: { headers: object }) => ({
        ...request,
        headers: { ...request.headers, 'transfer-encoding': 'chunked' },
      }),
      /may not change the header transfer-encoding/,
    ],
    [
      'has two hosts',
      (request: { headers: object }) => ({ ...request, headers: { ...request.headers, host: 'elsewhere' } }),
      /may not change the header host/,
    ],
    ['leaves HTTP', (request: object) => ({ ...request, origin: 'file:///etc' }), /origin: /],
    ['adds what there is not', (request: object) => ({ ...request, timeouts: {} }), /Unrecognized key/],
  ])('that %s sends nothing, is told without the credential, and is recorded', async (_, broken, told) => {
    prepare = broken as PrepareRequest;
    const answer = await ask();
    expect(answer).toEqual({ status: 503, text: expect.stringMatching(told) });
    expect(answer.text).toContain('provider own');
    expect(upstream.received).toEqual([]);
    await gateway.recorded(1);
    expect(gateway.outcomes()).toMatchObject([{ status: 'failed', error: expect.stringMatching(told) }]);
    expect(JSON.stringify([answer, gateway.records])).not.toContain(KEY);
  });

  it('that never comes back is given up as an upstream is', async () => {
    prepare = () => new Promise(() => {});
    expect(await ask(impatient)).toEqual({ status: 503, text: expect.stringContaining('took longer than 1 ms') });
    expect(upstream.received).toEqual([]);
    expect(impatient.outcomes()).toMatchObject([{ status: 'failed' }]);
  });
});
