import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { FORBIDDEN, type McpHarness, startMcpHarness } from '#tests/support/mcp-harness';
import { openSession, type WireReply } from '#tests/support/mcp-wire';
import { proves } from '#tests/support/proves';
import { ROOT } from '#tests/support/source-files';
import { processIdentity } from './process-identity.ts';

proves('store.child-only');

const SCRIPT = join(ROOT, 'tests/fixtures/mcp/hostile-server.mjs');
const CANARY = 'canary-7f3a9c51d2e84b60';

let harness: McpHarness;
afterEach(() => harness.dispose());

function hostile(settings: Record<string, unknown> = {}, ...words: readonly string[]) {
  return { type: 'stdio', command: 'node', args: [SCRIPT, ...words], ...settings };
}

const textOf = (reply: WireReply): string => reply.body.result.content[0].text;

async function gone(pid: number): Promise<void> {
  await vi.waitFor(() => expect(processIdentity(pid)).toBeUndefined(), { timeout: 10_000, interval: 20 });
}

describe('the environment of a child', () => {
  test('holds four plain values, what is declared, and the secrets that are granted, each to its own', async () => {
    const secrets = { one_key: 'secret-of-one-0001', two_key: 'secret-of-two-0002' };
    harness = await startMcpHarness({
      secrets,
      servers: {
        one: hostile({ env: { LEVEL: 'warn' }, secrets: { KEY: 'one_key' } }),
        two: hostile({ secrets: { KEY: 'two_key' } }),
      },
      judge: () => ({ result: 'pass', detail: '' }),
    });
    for (const [server, value, extra] of [
      ['one', secrets.one_key, ['LEVEL']],
      ['two', secrets.two_key, []],
    ] as const) {
      const session = await openSession(harness, server);
      const environment = JSON.parse(textOf(await session.call('env')));
      expect(Object.keys(environment).sort()).toEqual(['HOME', 'KEY', 'LANG', 'PATH', 'TMPDIR', ...extra].sort());
      expect(environment.KEY).toBe(value);
      expect(environment.HOME).toBe(join(harness.directory, 'mcp', server, 'home'));
    }
  });

  test('is completed by a new start when a secret changes', async () => {
    harness = await startMcpHarness({
      secrets: { key: 'first-value-0001' },
      servers: { one: hostile({ secrets: { KEY: 'key' } }) },
      judge: () => ({ result: 'pass', detail: '' }),
    });
    const session = await openSession(harness, 'one');
    expect(JSON.parse(textOf(await session.call('env'))).KEY).toBe('first-value-0001');
    harness.setSecret('key', 'second-value-0002');
    expect(JSON.parse(textOf(await session.call('env'))).KEY).toBe('second-value-0002');
  });

  test('cannot be made without a secret that it needs, and the error names the remedy', async () => {
    harness = await startMcpHarness({ servers: { one: hostile({ secrets: { KEY: 'absent' } }) } });
    const session = await openSession(harness, 'one');
    const { error } = (await session.call('pid')).body;
    expect(error.code).toBe(-32053);
    expect(error.message).toContain('systemprompt admin config secret set absent');
    expect(harness.outcomes()).toMatchObject([{ status: 'failed', effect: { is_error: true, child_pid: null } }]);
  });
});

describe('a secret that a child gives away', () => {
  test('never reaches the client in a result', async () => {
    harness = await startMcpHarness({ servers: { one: hostile({ env: { CANARY: FORBIDDEN } }) } });
    const session = await openSession(harness, 'one');
    const reply = await session.call('env');
    expect(reply.body.result).toMatchObject({
      isError: true,
      structuredContent: { decision: 'deny', policy: 'secret_scan' },
    });
    expect(JSON.stringify(reply.body)).not.toContain(FORBIDDEN);
    expect(harness.decisions().at(-1)).toMatchObject({ call_kind: 'result', decision: 'deny' });
    expect(JSON.stringify(harness.records)).not.toContain(FORBIDDEN);
    expect(harness.outcomes()).toMatchObject([{ effect: { is_error: true, output: { withheld: true } } }]);
  });

  test('is taken out of standard error and of notifications', async () => {
    harness = await startMcpHarness({
      secrets: { key: CANARY },
      servers: { one: hostile({ secrets: { CANARY: 'key' } }) },
    });
    const session = await openSession(harness, 'one');
    await session.call('complain', { text: 'the key is in CANARY' });
    const complained = await session.call('complain', { text: `and it is \u001b[31m ${CANARY.slice(0, 4)}` });
    expect(complained.status).toBe(200);
    const response = await fetch(harness.endpoint('one'), {
      method: 'POST',
      headers: { ...session.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 9, method: 'tools/call', params: { name: 'log' } }),
    });
    const stream = await response.text();
    expect(stream).toContain('notifications/message');
    expect(stream).toContain('[redacted:secret key]');
    expect(stream).not.toContain(CANARY);
    await vi.waitFor(() => expect(harness.mcp.logs('one', 10).join('\n')).toContain('and it is'));
    expect(harness.mcp.logs('one', 10).join('\n')).not.toContain('\u001b');
  });

  test('is taken out of what it printed before it failed to start', async () => {
    harness = await startMcpHarness({
      secrets: { key: CANARY },
      servers: { one: hostile({ secrets: { CANARY: 'key' } }, 'exit-at-start') },
    });
    const session = await openSession(harness, 'one');
    expect((await session.call('pid')).body.error.code).toBe(-32050);
    await vi.waitFor(() => expect(harness.mcp.logs('one', 10).join('\n')).toContain('cannot start: [redacted'));
    // The file is written behind the lines in memory.
    const file = join(harness.directory, 'logs/mcp/one.log');
    await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toContain('[redacted'));
    expect(readFileSync(file, 'utf8')).not.toContain(CANARY);
  });
});

describe('a child that misbehaves', () => {
  test('may print a banner and other garbage', async () => {
    harness = await startMcpHarness({ servers: { one: hostile({}, 'banner') } });
    const session = await openSession(harness, 'one');
    expect(textOf(await session.call('echo', { text: 'still here' }))).toBe('still here');
    expect(harness.mcp.logs('one', 10).join('\n')).toContain('Welcome to the server!');
  });

  test.each([
    ['sends a line without end', 'giant', 'sent a line of more than'],
    ['floods its output', 'flood', 'printed more than'],
    ['crashes', 'crash', 'exited with status 7'],
  ])('that %s fails its call and is started anew by the next', async (_what, tool, message) => {
    harness = await startMcpHarness({ servers: { one: hostile() } });
    const session = await openSession(harness, 'one');
    const first = Number(textOf(await session.call('pid')));
    const failed = (await session.call(tool)).body;
    expect(failed.error?.message ?? '').toContain(message);
    expect(failed.error.code).toBe(-32050);
    const second = Number(textOf(await session.call('pid')));
    expect(second).not.toBe(first);
    await gone(first);
    expect(harness.outcomes().map(({ status }) => status)).toEqual(['completed', 'failed', 'completed']);
  });

  test('that never answers is given up after its time, and goes on serving', async () => {
    harness = await startMcpHarness({ servers: { one: hostile({ call_timeout_ms: 150 }) } });
    const session = await openSession(harness, 'one');
    const { error } = (await session.call('hang')).body;
    expect(error).toMatchObject({ code: -32054, data: { code: 'mcp_call_timeout' } });
    expect(textOf(await session.call('echo', { text: 'x' }))).toBe('x');
  });

  test('that never becomes ready is given up and killed', async () => {
    harness = await startMcpHarness({ servers: { one: hostile({ start_timeout_ms: 300 }, 'never-initialize') } });
    const session = await openSession(harness, 'one');
    expect((await session.call('pid')).body.error).toMatchObject({ code: -32054, data: { code: 'mcp_start_timeout' } });
    await vi.waitFor(() => expect(readdirSync(join(harness.directory, 'mcp-children'))).toEqual([]), {
      timeout: 10_000,
    });
  });

  test('that keeps failing is not tried again at once', async () => {
    harness = await startMcpHarness({ servers: { one: hostile({}, 'exit-at-start') } });
    const session = await openSession(harness, 'one');
    await session.call('pid');
    await session.call('pid');
    const { error } = (await session.call('pid')).body;
    expect(error).toMatchObject({
      code: -32053,
      data: { code: 'mcp_backing_off', retry_after_ms: expect.any(Number) },
    });
    expect(harness.mcp.status()).toMatchObject([{ state: 'backing_off', starts: 2, problem: expect.any(String) }]);
  });

  test('that crashes at every call is not started anew at once for ever', async () => {
    harness = await startMcpHarness({ servers: { one: hostile() } });
    const session = await openSession(harness, 'one');
    const codes: string[] = [];
    for (let call = 0; call < 4; call++) codes.push((await session.call('crash')).body.error.data.code);
    expect(codes.at(-1)).toBe('mcp_backing_off');
    expect(harness.mcp.status()).toMatchObject([{ starts: codes.filter((code) => code !== 'mcp_backing_off').length }]);
    expect(harness.mcp.status()[0]?.starts).toBeLessThan(4);
  });

  test('that floods standard error is heard within bounds, and goes on serving', async () => {
    harness = await startMcpHarness({ servers: { one: hostile() } });
    const session = await openSession(harness, 'one');
    expect(textOf(await session.call('wail'))).toBe('wailed');
    expect(textOf(await session.call('echo', { text: 'still here' }))).toBe('still here');
    await vi.waitFor(() => expect(harness.mcp.logs('one', 10_000).join('\n')).toContain('19999'));
    expect(harness.mcp.logs('one', 100_000).join('\n').length).toBeLessThan(200_000);
    const directory = join(harness.directory, 'logs/mcp');
    const bytes = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
    expect(bytes).toBeLessThan(3 * 1_048_576);
  });

  test('that answers in pieces, in nonsense and unasked is understood where it makes sense', async () => {
    harness = await startMcpHarness({ servers: { one: hostile() } });
    const session = await openSession(harness, 'one');
    expect(textOf(await session.call('mumble'))).toBe('mumbled');
    expect(textOf(await session.call('echo', { text: 'still here' }))).toBe('still here');
    expect(harness.mcp.logs('one', 10).join('\n')).toContain('not JSON-RPC on standard output');
  });

  test('that ignores SIGTERM is killed with its own children when its session ends', async () => {
    harness = await startMcpHarness({ servers: { one: hostile({}, 'ignore-sigterm') } });
    const session = await openSession(harness, 'one');
    const child = Number(textOf(await session.call('pid')));
    const grandchild = Number(textOf(await session.call('fork')));
    await fetch(harness.endpoint('one'), { method: 'DELETE', headers: session.headers });
    await gone(child);
    await gone(grandchild);
  });

  test('leaves no descendants when it ends by itself, nor any that left its group', async () => {
    harness = await startMcpHarness({ servers: { one: hostile() } });
    const session = await openSession(harness, 'one');
    const grandchild = Number(textOf(await session.call('fork')));
    const runaway = Number(textOf(await session.call('runaway')));
    await session.call('crash');
    await gone(grandchild);
    await gone(runaway);
  });

  test('loses its runaways when the gateway stops, and theirs alone', async () => {
    harness = await startMcpHarness({
      servers: { one: hostile(), plain: hostile({ env: { TMPDIR: '/tmp' } }) },
    });
    const one = await openSession(harness, 'one');
    const runaway = Number(textOf(await one.call('runaway')));
    const plain = await openSession(harness, 'plain');
    await plain.call('pid');
    const bystander = spawn('sleep', ['600'], { env: { PATH: process.env.PATH, TMPDIR: '/tmp' }, detached: true });
    try {
      await harness.mcp.stop?.();
      await gone(runaway);
      expect(processIdentity(bystander.pid ?? 0)).toBeDefined();
    } finally {
      bystander.kill('SIGKILL');
    }
  });
});

describe('the number of children', () => {
  test('follows the isolation: one for all, one a session, one a call', async () => {
    harness = await startMcpHarness({
      servers: {
        shared: hostile({ isolation: 'shared' }),
        session: hostile({ isolation: 'session' }),
        call: hostile({ isolation: 'call' }),
      },
    });
    for (const [server, different] of [
      ['shared', 1],
      ['session', 2],
      ['call', 4],
    ] as const) {
      const pids = new Set<string>();
      for (const bearer of ['alice', 'bob']) {
        const session = await openSession(harness, server, { bearer });
        pids.add(textOf(await session.call('pid')));
        pids.add(textOf(await session.call('pid')));
      }
      expect(pids.size).toBe(different);
    }
  });

  test('is bounded: an idle one makes room, busy ones do not', async () => {
    harness = await startMcpHarness({ servers: { one: hostile({ children_max: 1, call_timeout_ms: 1_000 }) } });
    const alice = await openSession(harness, 'one', { bearer: 'alice' });
    const bob = await openSession(harness, 'one', { bearer: 'bob' });
    const first = Number(textOf(await alice.call('pid')));
    await bob.call('pid');
    await gone(first);
    const busy = bob.call('hang');
    await vi.waitFor(() => expect(harness.mcp.status()[0]?.upstreams).toMatchObject([{ inFlight: 1 }]));
    expect((await alice.call('pid')).body.error.data.code).toBe('mcp_children_max');
    await busy;
  });

  test('falls to none when they are idle', async () => {
    harness = await startMcpHarness({ servers: { one: hostile({ idle_timeout_ms: 50 }) } });
    const session = await openSession(harness, 'one');
    await gone(Number(textOf(await session.call('pid'))));
    expect(harness.mcp.status()).toMatchObject([{ state: 'idle', problem: null }]);
    expect(textOf(await session.call('echo', { text: 'again' }))).toBe('again');
  });
});

test('a command that is not there, and a sandbox that cannot be had, are refused with a remedy', async () => {
  harness = await startMcpHarness({
    servers: { absent: hostile({ command: 'no-such-command-anywhere' }), walled: hostile({ sandbox: 'bwrap' }) },
  });
  const absent = await openSession(harness, 'absent');
  expect((await absent.call('pid')).body.error.data.code).toBe('mcp_command_not_found');
  const walled = await openSession(harness, 'walled');
  expect((await walled.call('pid')).body.error.data.code).toBe('mcp_sandbox_missing');
  expect(harness.mcp.status().map(({ sandboxed }) => sandboxed)).toEqual([false, false]);
});

test('arguments are passed as they stand, through no shell', async () => {
  const words = ['$(touch pwned)', '; touch pwned', '`touch pwned`', '"', "'", '*'];
  harness = await startMcpHarness({ servers: { one: hostile({}, ...words) } });
  const session = await openSession(harness, 'one');
  expect(textOf(await session.call('echo', { text: 'x' }))).toBe('x');
  expect(readdirSync(join(harness.directory, 'mcp/one/home'))).toEqual([]);
});
