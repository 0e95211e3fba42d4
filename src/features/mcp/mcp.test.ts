import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { OperatingError } from '#foundation/errors';
import { createManualClock } from '#tests/support/manual-clock';
import { FORBIDDEN, type McpHarness, startMcpHarness } from '#tests/support/mcp-harness';
import { type Json, openSession, post } from '#tests/support/mcp-wire';
import { ROOT } from '#tests/support/source-files';

const NOTES = { type: 'stdio', command: 'node', args: [join(ROOT, 'demo/servers/notes-server.ts')] };

let harness: McpHarness;
afterEach(() => harness.dispose());

describe('the notes server through the gateway', () => {
  test('an allowed call runs and leaves a decision, a judged result and an outcome', async () => {
    harness = await startMcpHarness({ servers: { demo: NOTES } });
    const session = await openSession(harness, 'demo');
    const added = await session.call('add_note', { title: 'a', text: 'b' });
    expect(added.body.result).toEqual({ content: [{ type: 'text', text: 'Added.' }] });
    expect(harness.decisions().map((record) => [record.call_kind, record.tool_name, record.decision])).toEqual([
      ['tool_call', 'mcp__demo__add_note', 'allow'],
      ['result', 'mcp__demo__add_note', 'allow'],
    ]);
    expect(harness.outcomes()).toMatchObject([
      {
        status: 'completed',
        error: null,
        effect: {
          type: 'tool_call',
          server: 'demo',
          tool_name: 'add_note',
          method: 'tools/call',
          transport: 'stdio',
          is_error: false,
          input: { title: 'a', text: 'b' },
          output: { content: [{ type: 'text', text: 'Added.' }] },
          child_pid: expect.any(Number),
        },
      },
    ]);
  });

  test('a denied call leaves no process, and tells the model why', async () => {
    harness = await startMcpHarness({ servers: { demo: NOTES } });
    const session = await openSession(harness, 'demo');
    const denied = await session.call('add_note', { title: 'a', text: FORBIDDEN });
    expect(denied.body.result).toMatchObject({
      isError: true,
      content: [{ type: 'text', text: expect.stringContaining('secret_scan found a credential; remove it') }],
      structuredContent: { decision: 'deny', policy: 'secret_scan', request_id: expect.stringMatching(/^req_/) },
    });
    expect(harness.mcp.status()).toMatchObject([{ name: 'demo', state: 'idle', starts: 0, upstreams: [] }]);
    expect(harness.outcomes()).toEqual([]);
  });

  test('initialize is answered without a process', async () => {
    harness = await startMcpHarness({ servers: { demo: NOTES } });
    const reply = await post(harness, 'demo', {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
    });
    expect(reply.body.result).toMatchObject({
      protocolVersion: '2025-06-18',
      serverInfo: { name: 'systemprompt', version: '1.2.3' },
    });
    expect(harness.mcp.status()[0]?.starts).toBe(0);
  });
});

describe('a journal that cannot be written', () => {
  const full = new OperatingError('unavailable', 'journal_full', 'the journal has no room');

  test('for a decision means that nothing starts', async () => {
    const beforeAppend = () => {
      throw full;
    };
    harness = await startMcpHarness({ servers: { demo: NOTES }, beforeAppend });
    const session = await openSession(harness, 'demo');
    expect((await session.call('list_notes')).body.error).toMatchObject({
      code: -32053,
      data: { code: 'journal_full' },
    });
    expect(harness.mcp.status()[0]?.starts).toBe(0);
  });

  test('for an outcome means that the result is not told', async () => {
    const beforeAppend = (record: { kind: string }) => {
      if (record.kind === 'outcome') throw full;
    };
    harness = await startMcpHarness({ servers: { demo: NOTES }, beforeAppend });
    const session = await openSession(harness, 'demo');
    expect((await session.call('list_notes')).body).toMatchObject({ error: { code: -32053 } });
  });
});

test('a server of this program acts with the rights of its caller, on the same governed way', async () => {
  const handle = async (_method: string, _params: unknown, caller: { principal: { userId: string } }) => ({
    result: { content: [{ type: 'text', text: caller.principal.userId }] },
  });
  const internalServers = new Map([['self', { version: '1', capabilities: { tools: {} }, handle }]]);
  harness = await startMcpHarness({ servers: { self: { type: 'internal', isolation: 'shared' } }, internalServers });
  for (const bearer of ['alice', 'bob']) {
    const session = await openSession(harness, 'self', { bearer });
    expect((await session.call('whoami')).body.result.content[0].text).toBe(bearer);
  }
  expect(harness.outcomes()).toMatchObject([
    { effect: { transport: 'internal', child_pid: null } },
    { effect: { transport: 'internal' } },
  ]);
});

describe('time', () => {
  test('an answer that takes long becomes an event stream before anything in between gives up', async () => {
    const clock = createManualClock();
    const handle = () => new Promise<never>(() => {});
    const internalServers = new Map([['slow', { version: '1', capabilities: { tools: {} }, handle }]]);
    harness = await startMcpHarness({ clock, servers: { slow: { type: 'internal' } }, internalServers });
    const session = await openSession(harness, 'slow');
    const calling = fetch(harness.endpoint('slow'), {
      method: 'POST',
      headers: { ...session.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'wait' } }),
    });
    await vi.waitFor(() => expect(harness.mcp.status()[0]?.upstreams).toMatchObject([{ inFlight: 1 }]));
    clock.advance(15_000);
    const response = await calling;
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    clock.advance(15_000);
    clock.advance(120_000);
    const text = await response.text();
    expect(text).toContain(': still here');
    expect(text).toContain('"code":-32054');
  });

  test('a stream ends with the credential that opened it', async () => {
    const clock = createManualClock();
    harness = await startMcpHarness({ clock, servers: { demo: NOTES } });
    const bearer = `alice/user/${clock.nowMs() + 60_000}`;
    const session = await openSession(harness, 'demo', { bearer });
    const headers = { ...session.headers, accept: 'text/event-stream' };
    const stream = await fetch(harness.endpoint('demo'), { headers });
    clock.advance(60_000);
    expect(await stream.text()).not.toContain('data:');
  });

  test('a tool that is taken out of the configuration is gone at once, for lists and for calls', async () => {
    harness = await startMcpHarness({ servers: { demo: { ...NOTES, isolation: 'shared' } } });
    const session = await openSession(harness, 'demo');
    const names = async () => (await session.request('tools/list')).body.result.tools.map(({ name }: Json) => name);
    expect(await names()).toContain('delete_note');
    harness.setConfig({ demo: { ...NOTES, isolation: 'shared', tools: { deny: ['delete_*'] } } });
    expect(await names()).not.toContain('delete_note');
    const denied = await session.call('delete_note', { title: 'a' });
    expect(denied.body.result.structuredContent).toMatchObject({ decision: 'deny', policy: 'access_control' });
    expect(harness.decisions().at(-1)).toMatchObject({ policy: 'access_control', decision: 'deny' });
  });
});
