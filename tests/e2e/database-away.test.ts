import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type CuttableConnection, openCuttableConnection } from '../support/cuttable-connection.ts';
import { proves } from '../support/proves.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

proves('audit.database-away');

const WAIT = { timeout: 20_000, interval: 50 };

let server: TestServer;
let connection: CuttableConnection;

beforeAll(async () => {
  server = await startTestServer({
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

function govern(token: string, session: string, command: string): Promise<Response> {
  return fetch(`${server.baseUrl}/api/public/hooks/govern`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({
      hook_event_name: 'PreToolUse',
      session_id: session,
      tool_name: 'Bash',
      tool_input: { command },
    }),
  });
}

function ask(token: string): Promise<Response> {
  return fetch(`${server.baseUrl}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'claude-sonnet-5', max_tokens: 16, messages: [{ role: 'user', content: 'hello' }] }),
  });
}

async function health(): Promise<unknown> {
  const answer: unknown = await (await fetch(`${server.baseUrl}/health`)).json();
  return answer;
}

it('goes on judging and recording while the database is away, and hands every record in when it is back', {
  timeout: 60_000,
}, async () => {
  const token = await server.adminToken();
  const unused = await server.adminToken();
  expect(await (await govern(token, 'session-before', 'ls')).text()).toContain('"allow"');
  connection.cut();
  await vi.waitFor(async () => expect(await health()).toMatchObject({ status: 'degraded' }), WAIT);

  const judged = await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      const command = index % 4 === 0 ? 'echo AKIAQYLPMN5HHHFPZAM2' : 'ls -l';
      const answer = await govern(token, `session-away-${index}`, command);
      return { index, status: answer.status, text: await answer.text() };
    }),
  );
  for (const { index, status, text } of judged) {
    expect(status).toBe(200);
    expect(text).toContain(index % 4 === 0 ? '"deny"' : '"allow"');
  }
  expect((await ask(token)).status).toBe(200);
  // A credential that was never verified is not believed, and whoever holds it is not told that it is bad.
  const unverified = await govern(unused, 'session-before', 'ls');
  expect(await unverified.text()).toContain('cannot be verified now, because the database is away');

  connection.restore();
  await vi.waitFor(async () => expect(await health()).toMatchObject({ status: 'ok' }), WAIT);
  expect(await (await govern(unused, 'session-before', 'ls')).text()).toContain('"allow"');
  await vi.waitFor(
    async () =>
      expect(
        await server.test.database.query(
          `select call_kind, decision, count(*)::integer as calls from audit_trail
           where call_kind in ('hook', 'model_request') group by 1, 2 order by 1, 2`,
        ),
      ).toEqual([
        { call_kind: 'hook', decision: 'allow', calls: 32 },
        { call_kind: 'hook', decision: 'deny', calls: 11 },
        { call_kind: 'model_request', decision: 'allow', calls: 1 },
      ]),
    WAIT,
  );
  expect(await server.cliJson(['infra', 'audit', 'verify'])).toMatchObject({ ok: true });
});

it('ends at a signal while the database is away, and the next start hands in what was judged', {
  timeout: 60_000,
}, async () => {
  connection.restore();
  const token = await server.adminToken();
  expect((await govern(token, 'session-last', 'ls')).status).toBe(200);
  connection.cut();
  expect(await (await govern(token, 'session-last', 'ls -l')).text()).toContain('"allow"');
  expect(await server.kill('SIGTERM')).toBe(0);
  connection.restore();
  await server.restart();
  await vi.waitFor(
    async () =>
      expect(
        await server.test.database.query(`select session_id from audit_trail where session_id = 'session-last'`),
      ).toHaveLength(2),
    WAIT,
  );
  expect(await server.cliJson(['infra', 'audit', 'verify'])).toMatchObject({ ok: true });
});
