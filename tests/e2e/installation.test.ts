import { chmodSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proves } from '../support/proves.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

proves('start.sign-in-link', 'start.two-homes', 'start.loopback-only', 'start.one-database', 'telemetry.none');
proves('stop.loses-nothing', 'store.never-printed', 'cli.doctor');

const CANARY = `canary-${'value'}-7d1f0c5be2a94c`;

let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await startTestServer({ embedded: true, secrets: { canary: CANARY } });
  token = (await server.cli(['admin', 'session', 'login', '--email', 'admin@localhost', '--token-only'])).stdout.trim();
});

afterAll(() => server?.dispose());

async function govern(to: TestServer, credential: string, body: object): Promise<string> {
  const answer = await fetch(`${to.baseUrl}/api/public/hooks/govern`, {
    method: 'POST',
    headers: { authorization: `Bearer ${credential}` },
    body: JSON.stringify({ hook_event_name: 'PreToolUse', tool_name: 'Read', ...body }),
  });
  return answer.text();
}

async function count(of: TestServer, sql: string): Promise<number> {
  const { items } = await of.cliJson<{ items: readonly { n: number }[] }>(['infra', 'db', 'query', sql]);
  return Number(items[0]?.n);
}

/** Local and remote addresses of every TCP socket of a process, as /proc/net/tcp writes them. */
function socketsOf(pid: number): readonly { local: string; remote: string; state: string }[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  return ['tcp', 'tcp6'].flatMap((family) =>
    readFileSync(`/proc/${pid}/net/${family}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => inodes.has(fields[9] ?? ''))
      .map((fields) => ({ local: fields[1] ?? '', remote: fields[2] ?? '', state: fields[3] ?? '' })),
  );
}

const LOOPBACK = /^(0100007F|00000000000000000000000001000000|0000000000000000FFFF00000100007F):/;
const LISTENING = '0A';

describe('an installation', () => {
  it('signs a browser in once: following the link spends nothing, sending the form does', async () => {
    const link = /(http\S+\/sign-in\?code=\S+)/.exec(server.output())?.[1] ?? '';
    const code = new URL(link).searchParams.get('code') ?? '';
    expect(await (await fetch(link)).text()).toContain('method="post"');
    const redeem = () =>
      fetch(`${server.baseUrl}/sign-in`, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ code }) });
    const first = await redeem();
    expect(first.status).toBe(303);
    const cookie = first.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    const console = await fetch(`${server.baseUrl}/admin`, { headers: { cookie: cookie.split(';')[0] ?? '' } });
    expect(await console.text()).toContain('Signed in as admin@localhost');
    expect((await redeem()).status).toBe(403);
    expect((await fetch(`${server.baseUrl}/admin`)).status).toBe(401);
  });

  it('listens on loopback alone, and talks to nobody but its own database', () => {
    const sockets = socketsOf(server.pid);
    expect(sockets.some((socket) => socket.state === LISTENING)).toBe(true);
    expect(sockets.filter((socket) => !LOOPBACK.test(socket.local))).toEqual([]);
    expect(sockets.filter((socket) => socket.state !== LISTENING && !LOOPBACK.test(socket.remote))).toEqual([]);
  });

  it('refuses to listen where strangers are', async () => {
    const refused = await server.cli(['infra', 'services', 'serve', '--host', '0.0.0.0', '--port', '0']);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('server.trusted_proxies');
  });

  it('runs beside another home', async () => {
    const other = await startTestServer({ embedded: true });
    try {
      expect(other.baseUrl).not.toBe(server.baseUrl);
      for (const one of [server, other]) {
        expect(await (await fetch(`${one.baseUrl}/health`)).json()).toMatchObject({ status: 'ok' });
      }
      await govern(server, token, { session_id: 'only-here', tool_input: {} });
      expect(await count(other, "select count(*) as n from governance_decisions where session_id = 'only-here'")).toBe(
        0,
      );
      expect(await govern(other, token, { tool_input: {} })).toContain('"deny"');
    } finally {
      await other.dispose();
    }
  });

  it('needs one PostgreSQL and nothing else', () => {
    const children = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          return new RegExp(`^PPid:\\s+${server.pid}$`, 'm').test(readFileSync(`/proc/${pid}/status`, 'utf8'));
        } catch {
          return false;
        }
      })
      .map((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
    expect(children.filter((name) => name !== 'postgres')).toEqual([]);
  });

  it('denies a stored value wherever it appears, and writes it down nowhere', async () => {
    const encoded = [CANARY, Buffer.from(CANARY).toString('base64'), Buffer.from(CANARY).toString('hex')];
    for (const text of encoded) {
      const answer = await govern(server, token, {
        session_id: 'canary',
        tool_name: 'Bash',
        tool_input: { command: `echo ${text}` },
      });
      expect(answer).toContain('"deny"');
      expect(answer).not.toContain(text);
    }
    const rows = await server.cli(['--json', 'infra', 'db', 'query', 'select record from audit_records']);
    const files = readdirSync(server.home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    for (const text of encoded) {
      for (const kept of [rows.stdout, server.output(), ...files]) expect(kept.includes(text)).toBe(false);
    }
  });

  it('has a doctor that finds a key that others can read, and says how to mend it', async () => {
    const sound = await server.cliJson<{ failed: number }>(['doctor']);
    expect(sound.failed).toBe(0);
    const key = join(server.home, 'secrets', 'master.key');
    chmodSync(key, 0o644);
    const sick = await server.cli(['--json', 'doctor']);
    chmodSync(key, 0o600);
    expect(sick.code).toBe(1);
    expect(sick.stdout).toContain('chmod 600');
  });

  it('loses nothing that was decided to a kill -9', async () => {
    const calls = Array.from({ length: 40 }, (_, index) =>
      govern(server, token, { session_id: 'before-kill', tool_input: { index } }),
    );
    await Promise.all(calls);
    await server.kill('SIGKILL');
    await server.restart();
    expect(await count(server, "select count(*) as n from governance_decisions where session_id = 'before-kill'")).toBe(
      40,
    );
    expect(await server.cliJson<{ ok: boolean }>(['infra', 'audit', 'verify'])).toMatchObject({ ok: true });
  });
});
