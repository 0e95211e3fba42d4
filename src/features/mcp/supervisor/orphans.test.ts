import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { silentLogger } from '#foundation/logging';
import { proves } from '#tests/support/proves';
import { ROOT } from '#tests/support/source-files';
import { createChildRegister } from './child-register.ts';
import { processIdentity } from './process-identity.ts';

proves('mcp.no-orphans');

type Family = {
  readonly gateway: ChildProcess;
  readonly child: number;
  readonly grandchild: number;
  readonly runaway: number;
};

let directory: string;
const spawned: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'systemprompt-orphans-'));
});

afterEach(() => {
  for (const gateway of spawned.splice(0)) gateway.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

async function startFamily(...words: readonly string[]): Promise<Family> {
  const script = join(ROOT, 'tests/fixtures/mcp/gateway-process.ts');
  const gateway = spawn(process.execPath, ['--conditions=systemprompt-source', script, directory, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  spawned.push(gateway);
  for await (const line of createInterface({ input: gateway.stdout ?? process.stdin })) {
    const { child, grandchild, runaway } = JSON.parse(line);
    return { gateway, child, grandchild, runaway };
  }
  throw new Error('the gateway ended before it was ready');
}

function groupMembers(groupId: number): readonly number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => processIdentity(pid)?.groupId === groupId);
}

async function gone(...pids: readonly number[]): Promise<void> {
  await vi.waitFor(() => expect(pids.filter((pid) => processIdentity(pid) !== undefined)).toEqual([]), {
    timeout: 10_000,
    interval: 20,
  });
}

describe('after kill -9 of the gateway', () => {
  test('the child, its own child and one that left its group are gone, though all ignore SIGTERM', async () => {
    const { gateway, child, grandchild, runaway } = await startFamily('ignore-sigterm');
    for (const pid of [child, grandchild, runaway]) expect(processIdentity(pid)).toBeDefined();
    gateway.kill('SIGKILL');
    await gone(child, grandchild, runaway);
  });

  test('one that left its group is gone also when the child itself ends at once', async () => {
    const { gateway, child, grandchild, runaway } = await startFamily();
    gateway.kill('SIGKILL');
    await gone(child, grandchild, runaway);
  });

  test('what also outlived its launcher is ended by the next start', async () => {
    const { gateway, child, grandchild, runaway } = await startFamily('ignore-sigterm');
    const groupId = processIdentity(child)?.groupId ?? 0;
    const launchers = groupMembers(groupId).filter((pid) => pid !== child && pid !== grandchild);
    expect(launchers.length).toBe(2);
    gateway.kill('SIGSTOP');
    for (const launcher of launchers) process.kill(launcher, 'SIGKILL');
    gateway.kill('SIGKILL');
    await gone(...launchers, gateway.pid ?? 0);
    expect(processIdentity(child)).toBeDefined();

    const register = createChildRegister({ directory: join(directory, 'mcp-children'), logger: silentLogger });
    expect(await register.sweep()).toBe(1);
    await gone(child, grandchild, runaway);
    expect(readdirSync(join(directory, 'mcp-children'))).toEqual([]);
    expect(readdirSync(join(directory, 'mcp', 'hostile'))).toEqual(['home']);
  });
});

test('a sweep leaves alone what a living gateway runs', async () => {
  const { child } = await startFamily('ignore-sigterm');
  const register = createChildRegister({ directory: join(directory, 'mcp-children'), logger: silentLogger });
  expect(await register.sweep()).toBe(0);
  expect(processIdentity(child)).toBeDefined();
  expect(readdirSync(join(directory, 'mcp-children'))).toHaveLength(1);
});

test('a sweep kills nothing that merely has the number of a former child', async () => {
  const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
  spawned.push(bystander);
  const pid = bystander.pid ?? 0;
  const registered = join(directory, 'mcp-children');
  const register = createChildRegister({ directory: registered, logger: silentLogger });
  register.add({ groupId: pid, childPid: pid, server: 'demo', temporary: null });
  rewriteAsFormerGateway(registered, { group_ticks: '1', child_ticks: '1' });
  expect(await register.sweep()).toBe(0);
  expect(processIdentity(pid)).toBeDefined();
});

/** As if a gateway that is gone had written the entries, about processes that started at another time. */
function rewriteAsFormerGateway(registered: string, changes: Record<string, string>): void {
  for (const name of readdirSync(registered)) {
    const path = join(registered, name);
    const entry = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...entry, gateway_ticks: '1', ...changes }));
  }
}
