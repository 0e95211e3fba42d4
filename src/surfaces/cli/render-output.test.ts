import { describe, expect, it } from 'vitest';
import { parseTrustedJson } from '#foundation/json';
import { cli } from './testing/run-in-process.ts';

const SERVERS = {
  configuration: () => ({
    problems: async () => [],
    files: async () => [],
    show: async () => ({}),
    rateLimits: async () => expect.unreachable(),
    mcpServers: async () => ({}),
  }),
};

const item = (name: string, state: string) => ({ name, type: 'stdio', state, isolation: 'session' });

/** `plugins mcp status` over the given answer of the server. */
function status(items: readonly unknown[], words: readonly string[], isTerminal = false) {
  return cli(['plugins', 'mcp', 'status', ...words], {
    isTerminal,
    environment: { NO_COLOR: '1' },
    services: {
      ...SERVERS,
      server: async () => ({
        baseUrl: '',
        call: async () => ({ status: 200, headers: {}, text: JSON.stringify({ items }) }),
      }),
    },
  });
}

describe('a list', () => {
  it('is columns in line in a pipe, whole and without colours', async () => {
    const long = 'x'.repeat(300);
    const { stdout } = await status([item('a', 'idle'), item('b', long)], []);
    const [head, first, second] = stdout.split('\n');
    expect(head).toMatch(/^name {2}type {3}state +isolation/);
    expect(first).toMatch(/^a {5}stdio {2}idle/);
    expect(second).toContain(long);
  });

  it('fits a terminal, but never cuts what names the thing', async () => {
    const name = 'n'.repeat(40);
    const { stdout } = await status([item(name, 's'.repeat(200))], [], true);
    expect(stdout).toContain(name);
    expect(stdout).toContain('…');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it('never cuts a time on a terminal, and leaves the milliseconds to programs', async () => {
    const time = '2026-11-24T04:22:56.143Z';
    const one = { ...item('a', 's'.repeat(200)), isolation: time, sandboxed: 'x'.repeat(200) };
    const { stdout } = await status([one], [], true);
    expect(stdout).toContain('2026-11-24 04:22:56Z');
    expect(stdout).toContain('…');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
    expect((await status([one], [])).stdout).toContain(time);
  });

  it('is columns and items in JSON and YAML, and one object a line in NDJSON', async () => {
    const items = [item('a', 'idle'), item('b', 'running')];
    const columns = ['name', 'type', 'state', 'isolation', 'sandboxed', 'sessions', 'starts', 'problem'];
    expect(parseTrustedJson((await status(items, ['--json'])).stdout)).toEqual({ columns, items });
    expect(parseTrustedJson((await status(items, ['-o', 'json'], true)).stdout)).toEqual({ columns, items });
    expect((await status(items, ['--yaml'])).stdout).toContain('  - name: a\n');
    expect((await status(items, ['-o', 'ndjson'])).stdout).toBe(
      items.map((one) => `${JSON.stringify(one)}\n`).join(''),
    );
  });

  it('says on standard error what its emptiness means, and nothing to a program', async () => {
    const people = await status([], []);
    expect(people.stdout).toBe('');
    expect(people.stderr).toContain('none is declared');
    expect((await status([], ['--json'])).stderr).toBe('');
    expect((await status([], ['--quiet'])).stderr).toBe('');
  });

  it('cannot steer the terminal of whoever reads it', async () => {
    const { stdout } = await status([item('\u001b[2Jgone\u0007\u202e', 'a\r\nb')], [], true);
    expect(stdout).not.toMatch(/[\u001b\u0007\u202e\r]/);
    expect(stdout).toContain('␛[2Jgone␇\\u202e');
  });
});

describe('a single thing', () => {
  it('is a card for people, and the object itself for a program', async () => {
    const services = { identity: async () => ({ ...nothing, countUsers: async () => ({ total: 3, byRole }) }) };
    expect((await cli(['admin', 'users', 'count'], { services })).stdout).toBe('total  3\n');
    expect(parseTrustedJson((await cli(['admin', 'users', 'count', '--json'], { services })).stdout)).toEqual({
      total: 3,
    });
  });
});

const byRole = { admin: 1, user: 2, service: 0, a2a: 0, mcp: 0, anonymous: 0 };
const nothing = Object.create(null);
