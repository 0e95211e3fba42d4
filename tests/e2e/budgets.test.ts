import { afterAll, beforeAll, expect, it } from 'vitest';
import { proves } from '../support/proves.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

proves('budget.command-line');

let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await startTestServer({
    profile: 'gateway:\n  enabled: true\n  routes: [{ model_pattern: "*", provider: mock, allow_unpriced: true }]\n',
    services: { 'config/config.yaml': '# The root.\n' },
  });
  const person = await server.cliJson<{ id: string }>([
    ...['admin', 'users', 'create', '--name', 'caller', '--email', 'caller@example.org'],
  ]);
  const issued = ['admin', 'users', 'pat', 'issue', person.id, '--name', 'budgets'];
  token = (await server.cliJson<{ secret: string }>(issued)).secret;
});

afterAll(() => server?.dispose());

async function ask(): Promise<number> {
  const response = await fetch(`${server.baseUrl}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ model: 'claude-x', max_tokens: 5, messages: [{ role: 'user', content: 'hello' }] }),
  });
  await response.text();
  return response.status;
}

const budgets = <T>(...words: readonly string[]) => server.cliJson<T>(['admin', 'budgets', ...words]);
const soon = { timeout: 15_000, interval: 50 };

type Usage = { readonly items: readonly { readonly budget: string; readonly requests: number }[] };

const requestsUsed = async () => (await budgets<Usage>('usage', 'daily')).items[0]?.requests;

it('is set, read and reset beside a running server, and outlives it', async () => {
  expect(await ask()).toBe(200);
  await budgets('set', 'daily', '--window', 'day', '--requests', '3');
  // Taken over when the server has read the files again; every request until the third passes either way.
  await expect.poll(ask, soon).toBe(429);
  await expect.poll(requestsUsed, soon).toBe(3);
  expect((await budgets<{ items: unknown[] }>('list')).items).toMatchObject([{ id: 'daily', state: 'in force' }]);

  await server.kill('SIGTERM');
  await server.restart();
  expect(await ask()).toBe(429);

  await budgets('reset', 'daily', '--yes');
  expect(await ask()).toBe(200);
  await expect.poll(requestsUsed, soon).toBe(1);

  // What a killed server held counts as used.
  await server.kill('SIGKILL');
  await server.restart();
  const statuses = [await ask(), await ask(), await ask()];
  expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(2);
  expect(statuses[2]).toBe(429);

  await budgets('set', 'daily', '--state', 'off');
  await expect.poll(ask, soon).toBe(200);
});
