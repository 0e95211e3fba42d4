import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type HeldUpstream, startHeldUpstream } from '../support/held-upstream.ts';
import { type OpenStream, openStream } from '../support/open-stream.ts';
import { proves } from '../support/proves.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

proves('identity.mid-stream');

const PEOPLE = ['left@example.com', 'stays@example.com'] as const;

let upstream: HeldUpstream;
let server: TestServer;

beforeAll(async () => {
  upstream = await startHeldUpstream();
  server = await startTestServer({
    profile: `gateway:
  enabled: true
  routes: [{ model_pattern: "*", provider: anthropic, endpoint: "${upstream.endpoint}", allow_unpriced: true }]
`,
  });
  for (const email of PEOPLE) await server.cliJson(['admin', 'users', 'create', '--email', email, '--name', email]);
});

afterAll(async () => {
  upstream?.release();
  await server?.dispose();
  await upstream?.close();
});

type Credential = { readonly prefix: string; readonly secret: string };

function issue(email: string, name: string): Promise<Credential> {
  return server.cliJson(['admin', 'users', 'pat', 'issue', email, '--name', name]);
}

function askModel(token: string): Promise<OpenStream> {
  return openStream(`${server.baseUrl}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'claude-held',
      max_tokens: 100,
      stream: true,
      messages: [{ role: 'user', content: 'go' }],
    }),
  });
}

/** What an MCP client opens to hear its server, in a session of its own. */
async function hearTools(token: string): Promise<OpenStream> {
  const url = `${server.baseUrl}/api/v1/mcp/demo/mcp`;
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'mcp-protocol-version': '2025-11-25',
  };
  const clientInfo = { name: 't', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  const opened = await fetch(url, {
    method: 'POST',
    headers: { ...headers, accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
  });
  const session = opened.headers.get('mcp-session-id') ?? '';
  return openStream(url, { headers: { ...headers, accept: 'text/event-stream', 'mcp-session-id': session } });
}

async function everyKind(token: string): Promise<{ readonly model: OpenStream; readonly tools: OpenStream }> {
  const [model, tools] = await Promise.all([askModel(token), hearTools(token)]);
  await model.until('the beginning');
  expect(tools.status).toBe(200);
  return { model, tools };
}

it.each([
  {
    end: 'a token that is revoked',
    says: 'was revoked',
    act: ({ prefix }: Credential) => ['admin', 'users', 'pat', 'revoke', prefix],
  },
  {
    end: 'a user who is deleted',
    says: 'is not accepted here',
    act: () => ['admin', 'users', 'delete', PEOPLE[0]],
  },
])('$end ends what is open under it, in mid-stream, and nothing else', async ({ end, says, act }) => {
  const leaving = await issue(PEOPLE[0], end);
  const staying = await issue(PEOPLE[1], end);
  const [ended, kept] = await Promise.all([everyKind(leaving.secret), everyKind(staying.secret)]);
  const before = upstream.cut;
  await server.cliJson([...act(leaving), '--yes']);

  expect(await ended.model.rest()).toMatch(/event: error\ndata: \{"type":"error",.*\}\n\n$/);
  expect(await ended.model.rest()).toContain(says);
  await ended.tools.rest();
  await vi.waitFor(() => expect(upstream.cut - before).toBe(1), { timeout: 10_000, interval: 20 });

  kept.tools.leave();
  upstream.release();
  expect(await kept.model.rest()).toContain('message_stop');
  await vi.waitFor(
    async () =>
      expect(
        await server.test.database.query(`select status, error from ai_requests where status <> 'completed'
          order by created_at desc limit 1`),
      ).toMatchObject([{ status: 'failed', error: expect.stringContaining(says) }]),
    { timeout: 10_000, interval: 20 },
  );
});
