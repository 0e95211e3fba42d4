import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FORBIDDEN, type McpHarness, startMcpHarness } from '#tests/support/mcp-harness';
import { openSession } from '#tests/support/mcp-wire';
import { ROOT } from '#tests/support/source-files';

const SCRIPT = join(ROOT, 'tests/fixtures/mcp/hostile-server.mjs');

let harness: McpHarness;

beforeEach(async () => {
  const server = { type: 'stdio', command: 'node', args: [SCRIPT] };
  harness = await startMcpHarness({ servers: { own: server, shared: { ...server, isolation: 'shared' } } });
});

afterEach(() => harness.dispose());

async function connect(server: string, text: string): Promise<Client> {
  const client = new Client({ name: 't', version: '1' }, { capabilities: { sampling: {} } });
  client.setRequestHandler('sampling/createMessage', () => ({
    role: 'assistant',
    model: 'm',
    content: { type: 'text', text },
  }));
  await client.connect(new StreamableHTTPClientTransport(harness.endpoint(server)));
  return client;
}

async function textOf(result: Promise<unknown>): Promise<string> {
  const { content } = (await result) as { content: readonly { text: string }[] };
  return content[0]?.text ?? '';
}

describe('a request of an upstream', () => {
  test('reaches the client that it belongs to, and its answer comes back', async () => {
    const [alice, bob] = await Promise.all([connect('own', 'I am Alice'), connect('own', 'I am Bob')]);
    const [first, second] = await Promise.all([
      textOf(alice.callTool({ name: 'sample' })),
      textOf(bob.callTool({ name: 'sample' })),
    ]);
    expect(first).toContain('I am Alice');
    expect(second).toContain('I am Bob');
    await Promise.all([alice.close(), bob.close()]);
  });

  test('does not carry a secret of the client away', async () => {
    const client = await connect('own', FORBIDDEN);
    expect(await textOf(client.callTool({ name: 'sample' }))).toContain('denied by secret_scan');
    const sampled = harness.decisions().filter(({ tool_name }) => tool_name === 'mcp__own__sampling/createMessage');
    expect(sampled.map(({ decision }) => decision)).toEqual(['allow', 'deny']);
    await client.close();
  });

  test('is refused where the upstream serves several, or the client did not offer it', async () => {
    const client = await connect('shared', 'nobody asks me');
    expect(await textOf(client.callTool({ name: 'sample' }))).toContain('-32601');
    await client.close();
    const session = await openSession(harness, 'own');
    expect((await session.call('sample')).body.result.content[0].text).toContain('-32601');
  });
});

test.each(['own', 'shared'])('a changed list is told to the clients of an upstream that is %s', async (server) => {
  const client = await connect(server, '');
  const changed = vi.fn();
  client.setNotificationHandler('notifications/tools/list_changed', changed);
  // The stream over which a shared upstream's news come is opened after the handshake.
  await vi.waitFor(async () => {
    await client.callTool({ name: 'change' });
    expect(changed).toHaveBeenCalled();
  });
  await client.close();
});

test('a request that the client takes back is taken back upstream, and its outcome says so', async () => {
  const session = await openSession(harness, 'own');
  const hanging = session.call('hang', {}, 'mine');
  await vi.waitFor(() => expect(harness.mcp.status()[0]?.upstreams).toMatchObject([{ inFlight: 1 }]));
  const other = await openSession(harness, 'own', { bearer: 'mallory' });
  await cancel(other.headers);
  expect(harness.mcp.status()[0]?.upstreams).toMatchObject([{ inFlight: 1 }]);
  await cancel(session.headers);
  expect((await hanging).body).toBeUndefined();
  expect(harness.outcomes()).toMatchObject([{ status: 'cancelled' }]);
});

async function cancel(headers: Readonly<Record<string, string>>): Promise<void> {
  const response = await fetch(harness.endpoint('own'), {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'mine' } }),
  });
  expect(response.status).toBe(202);
}

test('an id that is in flight cannot be used again in the same session', async () => {
  const session = await openSession(harness, 'own');
  const hanging = session.call('hang', {}, 7);
  await vi.waitFor(() => expect(harness.mcp.status()[0]?.upstreams).toMatchObject([{ inFlight: 1 }]));
  expect((await session.call('echo', { text: 'x' }, 7)).body.error.code).toBe(-32600);
  expect((await session.call('echo', { text: 'x' }, '7')).body.result.content[0].text).toBe('x');
  await fetch(harness.endpoint('own'), { method: 'DELETE', headers: session.headers });
  await hanging;
});

test('a newer GET stream takes the place of an older one, and all end when the server drains', async () => {
  const session = await openSession(harness, 'own');
  const open = () => fetch(harness.endpoint('own'), { headers: { ...session.headers, accept: 'text/event-stream' } });
  const older = await open();
  const newer = await open();
  expect(await older.text()).toBe('');
  harness.mcp.closeStreams();
  expect(await newer.text()).toBe('');
});

test('an operator lists and calls tools on the same governed way', async () => {
  const { callerOf } = await import('#tests/support/mcp-harness');
  const admin = callerOf('root/admin');
  const { tools } = await harness.mcp.tools('shared', admin, 'req_1');
  expect(tools).toEqual(expect.arrayContaining([expect.objectContaining({ name: 'echo' })]));
  const result = await harness.mcp.call('shared', 'echo', { text: 'hi' }, admin, 'req_2');
  expect(result).toMatchObject({ content: [{ text: 'hi' }] });
  const denied = await harness.mcp.call('own', 'echo', { text: FORBIDDEN }, admin, 'req_3');
  expect(denied).toMatchObject({ isError: true, structuredContent: { decision: 'deny', request_id: 'req_3' } });
  expect(harness.mcp.status().map(({ starts }) => starts)).toEqual([0, 1]);
});
