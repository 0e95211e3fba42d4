import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ profile: profileWith(600) });
});

afterAll(() => server?.dispose());

function profileWith(seconds: number): string {
  return `gateway:
  enabled: true
  routes:
    - { id: cached, model_pattern: "*", provider: mock, cache: { ttl_s: ${seconds} } }
`;
}

async function clientOf(name: string, department: string): Promise<Anthropic> {
  const email = `${name}@example.org`;
  const person = ['admin', 'users', 'create', '--name', name, '--email', email, '--department', department];
  const { id } = await server.cliJson<{ id: string }>(person);
  const issued = ['admin', 'users', 'pat', 'issue', id, '--name', 'cache'];
  const { secret } = await server.cliJson<{ secret: string }>(issued);
  return new Anthropic({ baseURL: server.baseUrl, apiKey: secret, maxRetries: 0 });
}

const QUESTION = {
  model: 'claude-sonnet-5-5',
  max_tokens: 50,
  messages: [{ role: 'user' as const, content: 'What is the same every time?' }],
};

async function ask(client: Anthropic): Promise<{ readonly cache: string | null; readonly content: unknown }> {
  const { data, response } = await client.messages.create(QUESTION).withResponse();
  return { cache: response.headers.get('x-systemprompt-cache'), content: data.content };
}

describe('a route with a cache, through the front door', () => {
  it('answers colleagues from memory and nobody else, and the rows tell which and at what cost', async () => {
    const [ada, ben, eve] = [
      await clientOf('ada', 'research'),
      await clientOf('ben', 'research'),
      await clientOf('eve', 'sales'),
    ];
    const answers = [await ask(ada), await ask(ben), await ask(eve)];
    expect(answers.map(({ cache }) => cache)).toEqual(['miss', 'hit', 'miss']);
    expect(answers[1]?.content).toEqual(answers[0]?.content);

    const { items } = await server.cliJson<{ items: readonly Record<string, unknown>[] }>([
      ...['infra', 'db', 'query'],
      `select r.cost_microdollars, r.price_source, r.input_tokens, r.details -> 'cache' as cache, d.decision
         from ai_requests r join governance_decisions d on d.id = r.decision_id order by d.seq`,
    ]);
    expect(items).toHaveLength(3);
    const [first, second] = items;
    expect(first).toMatchObject({ decision: 'allow', cache: { result: 'miss' } });
    expect(Number(first?.cost_microdollars)).toBeGreaterThan(0);
    expect(second).toMatchObject({ decision: 'allow', price_source: 'cache' });
    expect([second?.cost_microdollars, second?.input_tokens].map(Number)).toEqual([0, 0]);
    expect(second?.cache).toMatchObject({
      result: 'hit',
      usage: { input_tokens: Number(first?.input_tokens) },
    });
  });

  it('begins anew when its configuration is edited', async () => {
    const client = await clientOf('zoe', 'editing');
    expect((await ask(client)).cache).toBe('miss');
    expect((await ask(client)).cache).toBe('hit');
    writeFileSync(join(server.home, 'profiles', 'local', 'profile.yaml'), profileWith(500));
    await vi.waitFor(async () => expect((await ask(client)).cache).toBe('miss'), { timeout: 10_000, interval: 25 });
    expect((await ask(client)).cache).toBe('hit');
  });
});
