import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHeldUpstream } from '../support/held-upstream.ts';
import { openStream } from '../support/open-stream.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const SERVE = ['infra', 'services', 'serve'];

function govern(server: TestServer, token: string, session: string): Promise<string> {
  return fetch(`${server.baseUrl}/api/public/hooks/govern`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ hook_event_name: 'PreToolUse', session_id: session, tool_name: 'Read', tool_input: {} }),
  }).then((response) => response.text());
}

describe.each([false, true])('a second server of one home (embedded PostgreSQL: %s)', (embedded) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({ embedded });
  });

  afterAll(() => server?.dispose());

  it('is refused, told where the first one is, and leaves it as it was', async () => {
    const token = await server.adminToken();
    const [second, third] = await Promise.all([server.cli(SERVE), server.cli(['--json', ...SERVE])]);
    expect([second.code, third.code]).toEqual([6, 6]);
    expect(second.stderr).toContain(server.baseUrl);
    expect(second.stderr).toContain('systemprompt infra services stop');
    expect(JSON.parse(third.stderr).error).toMatchObject({ code: 'home_in_use', where: server.home });
    expect(await govern(server, token, 'still-here')).toContain('"allow"');
    expect(await server.cliJson(['infra', 'services', 'status'])).toMatchObject({ status: 'ok' });
    expect(await server.cliJson(['infra', 'audit', 'verify'])).toMatchObject({ ok: true });
  });
});

describe('a port that is taken', () => {
  it('is named with the way out, and nothing stays of the attempt', async () => {
    const first = await startTestServer();
    try {
      const { port } = new URL(first.baseUrl);
      const failure = await startTestServer({ environment: { SYSTEMPROMPT_PORT: port } }).then(
        () => 'it started',
        (error: Error) => error.message,
      );
      expect(failure).toContain('ended with 6');
      expect(failure).toContain(`port ${port} on 127.0.0.1 is in use`);
      expect(failure).toContain(`npm start -- --port ${Number(port) + 1}`);
      expect(await (await fetch(`${first.baseUrl}/health`)).json()).toMatchObject({ status: 'ok' });
    } finally {
      await first.dispose();
    }
  });
});

describe('kill -9 under load', () => {
  it('loses no decision that anyone was told of, and closes what was open as unknown', async () => {
    const upstream = await startHeldUpstream();
    const server = await startTestServer({
      profile: `gateway:
  enabled: true
  routes: [{ model_pattern: "*", provider: anthropic, endpoint: "${upstream.endpoint}", allow_unpriced: true }]
`,
    });
    try {
      const token = await server.adminToken();
      const stream = await openStream(`${server.baseUrl}/v1/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({
          model: 'claude-held',
          max_tokens: 9,
          stream: true,
          messages: [{ role: 'user', content: 'x' }],
        }),
      });
      await stream.until('the beginning');
      const told: string[] = [];
      const calls = Array.from({ length: 200 }, async (_, index) => {
        const answer = await govern(server, token, `under-load-${index}`);
        if (answer.includes('"allow"')) told.push(`under-load-${index}`);
        // Some are decided and some are not when the end comes.
        if (told.length === 60) void server.kill('SIGKILL');
      });
      await Promise.allSettled(calls);
      await expect(stream.rest()).rejects.toThrow();
      expect(told.length).toBeGreaterThanOrEqual(60);
      await server.restart();
      expect(await server.cli(['--json', 'infra', 'audit', 'verify'])).toMatchObject({ code: 0 });
      const rows = await server.test.database.query<{ session_id: string; call_kind: string; result: string }>(
        'select session_id, call_kind, result from audit_trail',
      );
      const recorded = rows.map((row) => row.session_id);
      expect(told.filter((session) => !recorded.includes(session))).toEqual([]);
      expect(new Set(recorded).size).toBe(recorded.length);
      expect(rows.filter((row) => row.call_kind === 'model_request')).toMatchObject([{ result: 'unknown' }]);
    } finally {
      await server.dispose();
      await upstream.close();
    }
  });
});
