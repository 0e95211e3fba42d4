import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type McpHarness, startMcpHarness } from '#tests/support/mcp-harness';
import { startUpstreamServer, type UpstreamServer } from '#tests/support/mcp-upstream';
import { openSession, type WireReply } from '#tests/support/mcp-wire';

const KEY = 'remote-key-52f1c0';

let upstream: UpstreamServer;
let harness: McpHarness;

beforeEach(async () => {
  upstream = await startUpstreamServer();
  const remote = {
    type: 'http',
    url: upstream.url,
    headers: { 'X-Api-Key': { secret: 'remote_key' }, Authorization: { secret: 'remote_key', prefix: 'Bearer ' } },
  };
  harness = await startMcpHarness({
    secrets: { remote_key: KEY },
    servers: { remote, everyone: { ...remote, isolation: 'shared' } },
  });
});

afterEach(async () => {
  await harness.dispose();
  await upstream.close();
});

const textOf = (reply: WireReply): string => reply.body.result.content[0].text;

test('a call reaches the upstream with our credential and nothing of the client', async () => {
  const session = await openSession(harness, 'remote', { bearer: 'alice' });
  expect(textOf(await session.call('echo', { text: 'over http' }))).toBe('over http');
  expect(upstream.seen.length).toBeGreaterThanOrEqual(3);
  for (const headers of upstream.seen) {
    expect(headers['x-api-key']).toBe(KEY);
    expect(headers.authorization).toBe(`Bearer ${KEY}`);
    expect(headers['mcp-session-id']).not.toBe(session.headers['mcp-session-id']);
  }
  expect(harness.outcomes()).toMatchObject([{ effect: { transport: 'http', child_pid: null, output: {} } }]);
  expect(JSON.stringify(harness.records)).not.toContain(KEY);
});

test('once the upstream is known, clients are told exactly what it can do', async () => {
  const session = await openSession(harness, 'remote');
  await session.call('echo', { text: 'x' });
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } };
  const hello = await fetch(harness.endpoint('remote'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
  });
  const { result } = (await hello.json()) as { result: unknown };
  expect(result).toMatchObject({ serverInfo: { name: 'systemprompt' }, instructions: 'Echo as you like.' });
  expect(result).toHaveProperty('capabilities', { tools: { listChanged: true } });
  const decisions = harness.decisions().length;
  expect((await session.request('prompts/list')).body.result).toEqual({ prompts: [] });
  expect(harness.decisions().length).toBe(decisions);
  expect(harness.mcp.status()[0]).toMatchObject({ serverName: 'upstream', serverVersion: '3.2.1', sandboxed: null });
});

test('two hundred clients that use the same ids each get their own answer', async () => {
  const sessions = await Promise.all(
    Array.from({ length: 200 }, (_, index) => openSession(harness, 'everyone', { bearer: `user-${index % 20}` })),
  );
  const replies = await Promise.all(sessions.map((session, index) => session.call('echo', { text: `${index}` }, 1)));
  expect(replies.map(textOf)).toEqual(sessions.map((_, index) => `${index}`));
  expect(replies.every(({ body }) => body.id === 1)).toBe(true);
  expect(harness.mcp.status()[1]).toMatchObject({ starts: 1, sessions: 200 });
});

test('progress arrives under the token that the client gave', async () => {
  const session = await openSession(harness, 'everyone');
  const response = await fetch(harness.endpoint('everyone'), {
    method: 'POST',
    headers: { ...session.headers, 'content-type': 'application/json' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 'p',
      method: 'tools/call',
      params: { name: 'progress', arguments: {}, _meta: { progressToken: 'mine' } },
    }),
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const events = [...(await response.text()).matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? ''));
  expect(events).toMatchObject([
    { method: 'notifications/progress', params: { progressToken: 'mine', progress: 1, total: 2 } },
    { id: 'p', result: { content: [{ text: 'progressed' }] } },
  ]);
});

test('a session that the upstream has forgotten is opened anew, and the call is made once', async () => {
  const session = await openSession(harness, 'remote');
  await session.call('echo', { text: 'x' });
  upstream.forgetSessions();
  expect(textOf(await session.call('echo', { text: 'again' }))).toBe('again');
  expect(harness.outcomes()).toHaveLength(2);
});

describe('an upstream that answers badly', () => {
  const cases: readonly (readonly [string, UpstreamServer['intercept'], string])[] = [
    [
      'with a redirect',
      (_, response) => send(response, 302, { location: 'http://127.0.0.1:1/' }),
      'mcp_upstream_status',
    ],
    ['that our credential is wrong', (_, response) => send(response, 401), 'mcp_upstream_credential'],
    ['with an error', (_, response) => send(response, 500), 'mcp_upstream_status'],
    ['with malformed JSON', (_, response) => send(response, 200, JSON_TYPE, '{"jsonrpc":'), 'mcp_upstream_garbled'],
    ['with nothing', (_, response) => send(response, 202), 'mcp_upstream_silent'],
    [
      'with a stream that ends early',
      (_, response) => send(response, 200, STREAM_TYPE, ': hello\n\n'),
      'mcp_upstream_silent',
    ],
  ];

  test.each(cases)('%s fails the call', async (_how, intercept, code) => {
    const session = await openSession(harness, 'remote');
    await session.call('echo', { text: 'x' });
    upstream.intercept = (request, response) => request.method === 'POST' && intercept?.(request, response) === true;
    const { error } = (await session.call('echo', { text: 'y' })).body;
    expect(error.data.code).toBe(code);
    expect(harness.outcomes().at(-1)?.status).toBe('failed');
    upstream.intercept = undefined;
    expect(textOf(await session.call('echo', { text: 'z' }))).toBe('z');
  });

  test('by breaking off its stream is asked for the rest', async () => {
    const session = await openSession(harness, 'remote');
    await session.call('echo', { text: 'x' });
    let asked = '';
    upstream.intercept = (request, response) => {
      if (request.method === 'POST') return send(response, 200, STREAM_TYPE, 'id: 7\nretry: 1\ndata:\n\n');
      asked = String(request.headers['last-event-id']);
      const answer = { jsonrpc: '2.0', id: 3, result: { content: [{ type: 'text', text: 'resumed' }] } };
      return send(response, 200, STREAM_TYPE, `id: 8\ndata: ${JSON.stringify(answer)}\n\n`);
    };
    expect(textOf(await session.call('echo', { text: 'y' }))).toBe('resumed');
    expect(asked).toBe('7');
  });

  test('by not being there fails with a sentence that names it', async () => {
    await upstream.close();
    const session = await openSession(harness, 'remote');
    const { error } = (await session.call('echo', { text: 'x' })).body;
    expect(error).toMatchObject({ code: -32050, data: { code: 'upstream_refused' } });
  });
});

const JSON_TYPE = { 'content-type': 'application/json' };
const STREAM_TYPE = { 'content-type': 'text/event-stream' };

function send(
  response: Parameters<NonNullable<UpstreamServer['intercept']>>[1],
  status: number,
  headers: Record<string, string> = {},
  body = '',
): true {
  response.writeHead(status, headers).end(body);
  return true;
}
