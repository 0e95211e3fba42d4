import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CuttableConnection, openCuttableConnection } from '../support/cuttable-connection.ts';
import { proves } from '../support/proves.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

proves('budget.shared');

const SOON = { timeout: 20_000, interval: 100 };

let server: TestServer;
let connection: CuttableConnection;

beforeAll(async () => {
  server = await startTestServer({
    profile: 'gateway:\n  enabled: true\n  routes: [{ model_pattern: "*", provider: mock, allow_unpriced: true }]\n',
    services: { 'config/config.yaml': 'budgets:\n  - { id: daily, window: day, limits: { requests: 96 } }\n' },
    async throughConnection(connectionString) {
      connection = await openCuttableConnection(connectionString);
      return connection.connectionString;
    },
  });
});

afterAll(async () => {
  await server?.dispose();
  await connection?.close();
});

async function ask(token: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`${server.baseUrl}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ model: 'claude-x', max_tokens: 5, messages: [{ role: 'user', content: 'hello' }] }),
  });
  return { status: response.status, text: await response.text() };
}

it('spends what it holds while the database is away, then denies, and loses nothing', { timeout: 90_000 }, async () => {
  const token = await server.adminToken();
  expect((await ask(token)).status).toBe(200);
  connection.cut();

  let answered = 1;
  let denied = '';
  for (let index = 0; index < 20 && denied === ''; index++) {
    const { status, text } = await ask(token);
    if (status === 200) answered++;
    else denied = text;
  }
  // A 32nd of the limit is held ahead of need.
  expect(answered).toBeGreaterThan(1);
  expect(answered).toBeLessThanOrEqual(5);
  expect(denied).toContain('billing_error');

  connection.restore();
  await expect.poll(async () => (await ask(token)).status, SOON).toBe(200);
  answered++;
  while ((await ask(token)).status === 200) answered++;
  expect(answered).toBe(96);
});
