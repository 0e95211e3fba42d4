import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type HeldUpstream, startHeldUpstream } from '../support/held-upstream.ts';
import { openStream } from '../support/open-stream.ts';
import { processesNaming, startTestServer, type TestServer } from '../support/server.ts';
import { ROOT } from '../support/source-files.ts';

const TOOLS = join(ROOT, 'tests', 'fixtures', 'mcp', 'hostile-server.mjs');
/** Longer than any test here may take: who waits for it fails. */
const NEVER_MS = 600_000;

let upstream: HeldUpstream;
let server: TestServer | undefined;

beforeAll(async () => {
  upstream = await startHeldUpstream();
});

afterAll(() => upstream.close());

afterEach(async () => {
  upstream.release();
  await server?.dispose();
  server = undefined;
});

/** In the command line of every child of a server here. */
const MARK = `stop-test-${process.pid}`;

async function start(drainMsMax: number, childWords = ''): Promise<{ server: TestServer; token: string }> {
  const started = await startTestServer({
    profile: `server: { drain_ms_max: ${drainMsMax} }
gateway:
  enabled: true
  routes:
    - { model_pattern: "*", provider: anthropic, endpoint: "${upstream.endpoint}", allow_unpriced: true }
`,
    services: {
      'config/config.yaml': 'includes: [../mcp/slow.yaml]\n',
      'mcp/slow.yaml': `mcp_servers:
  slow:
    type: stdio
    command: ${process.execPath}
    args: ["${TOOLS}", "${MARK}", "${childWords}"]
    isolation: session
    sandbox: none
    oauth: { required: true, audience: slow }
`,
    },
  });
  server = started;
  return { server: started, token: await started.adminToken() };
}

function ask(to: TestServer, token: string, path: string, more: object) {
  return openStream(`${to.baseUrl}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'claude-held',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'go' }],
      ...more,
    }),
  });
}

/** Resolves once nobody listens at the server's address any more. */
async function refusesConnections(of: TestServer): Promise<void> {
  const { port } = new URL(of.baseUrl);
  const attempt = () =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.once('connect', () => resolve('accepted'));
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
      socket.once('close', () => socket.destroy());
      socket.end();
    });
  await vi.waitFor(async () => expect(await attempt()).toBe('ECONNREFUSED'), { timeout: 10_000, interval: 20 });
}

/** Calls a tool of the server `slow` in a new session. */
async function callTool(of: TestServer, token: string, name: string, args: object): Promise<() => Promise<Response>> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2025-11-25',
  };
  const post = (message: object, more: Record<string, string> = {}) =>
    fetch(`${of.baseUrl}/api/v1/mcp/slow/mcp`, {
      method: 'POST',
      headers: { ...headers, ...more },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }),
    });
  const clientInfo = { name: 't', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  const opened = await post({ method: 'initialize', params });
  const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
  const answer = post({ id: 2, method: 'tools/call', params: { name, arguments: args } }, session);
  answer.catch(() => undefined);
  await vi.waitFor(() => expect(processesNaming(MARK)).not.toEqual([]), { timeout: 10_000, interval: 20 });
  return () => answer;
}

async function rows(of: TestServer, sql: string): Promise<readonly Record<string, unknown>[]> {
  return of.test.database.query(sql);
}

const MODEL_ROWS = 'select status, error, is_streaming, output_tokens from ai_requests order by created_at';

const TOOL_ROWS = 'select tool_name, status, error from mcp_tool_executions order by created_at';

describe('SIGTERM', () => {
  it('lets a model’s stream come to its end, takes nobody in any more, and leaves a whole record', async () => {
    const { server, token } = await start(NEVER_MS);
    const stream = await ask(server, token, '/v1/messages', { stream: true });
    await stream.until('the beginning');
    const exit = server.kill('SIGTERM');
    await refusesConnections(server);
    expect(await rows(server, MODEL_ROWS)).toEqual([]);
    upstream.release();
    expect(await stream.rest()).toMatch(/the beginning.*and the end.*message_stop/s);
    expect(await exit, server.output()).toBe(0);
    expect(await rows(server, MODEL_ROWS)).toMatchObject([
      { status: 'completed', error: null, is_streaming: true, output_tokens: 9 },
    ]);
    await server.restart();
    expect(await server.cliJson(['infra', 'audit', 'verify'])).toMatchObject({ ok: true });
    expect(await rows(server, MODEL_ROWS)).toHaveLength(1);
  });

  it('waits no longer than it may: a stream gets an error of its dialect, a plain call a 503, and both are recorded', async () => {
    const { server, token } = await start(300);
    const before = { arrived: upstream.arrived, cut: upstream.cut };
    const stream = await ask(server, token, '/v1/messages', { stream: true });
    await stream.until('the beginning');
    const plain = ask(server, token, '/v1/messages', {});
    await vi.waitFor(() => expect(upstream.arrived - before.arrived).toBe(2), { timeout: 10_000, interval: 20 });
    const exit = server.kill('SIGTERM');
    const told = await stream.rest();
    expect(told).toMatch(/event: error\ndata: \{"type":"error","error":\{"type":"api_error",.*is stopping.*\}\n\n$/);
    expect(told).not.toContain('message_stop');
    const answer = await plain;
    expect(answer.status).toBe(503);
    expect(await answer.rest()).toContain('is stopping');
    expect(await exit, server.output()).toBe(0);
    await vi.waitFor(() => expect(upstream.cut - before.cut).toBe(2), { timeout: 10_000, interval: 20 });
    const error = expect.stringContaining('is stopping');
    const failed = { status: 'failed', error };
    expect(await rows(server, MODEL_ROWS)).toMatchObject([failed, failed]);
    await server.restart();
    expect(await server.cliJson(['infra', 'audit', 'verify'])).toMatchObject({ ok: true });
    expect(await rows(server, MODEL_ROWS)).toHaveLength(2);
  });

  it('lets a tool call come to its end, and leaves no child behind', async () => {
    const { server, token } = await start(NEVER_MS);
    const file = join(server.home, 'go-on');
    const answer = await callTool(server, token, 'until', { file });
    const exit = server.kill('SIGTERM');
    await refusesConnections(server);
    writeFileSync(file, '');
    expect(await (await answer()).json()).toMatchObject({ id: 2, result: { content: [{ text: 'it is there' }] } });
    expect(await exit, server.output()).toBe(0);
    expect(processesNaming(MARK)).toEqual([]);
    expect(await rows(server, TOOL_ROWS)).toMatchObject([{ tool_name: 'until', status: 'completed', error: null }]);
  });

  it('ends a tool call that takes too long, records it so, and leaves no child behind', async () => {
    const { server, token } = await start(300, 'ignore-sigterm');
    const answer = await callTool(server, token, 'hang', {});
    expect(await server.kill('SIGTERM'), server.output()).toBe(0);
    expect(
      (
        await answer().then(
          (response) => response.text(),
          () => 'cut',
        )
      ).includes('"result"'),
    ).toBe(false);
    expect(processesNaming(MARK)).toEqual([]);
    expect(await rows(server, TOOL_ROWS)).toMatchObject([{ tool_name: 'hang', status: 'cancelled' }]);
    await server.restart();
    expect(await server.cliJson(['infra', 'audit', 'verify'])).toMatchObject({ ok: true });
    expect(await rows(server, TOOL_ROWS)).toHaveLength(1);
  });
});
