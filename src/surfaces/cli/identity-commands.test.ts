import { beforeEach, describe, expect, it } from 'vitest';
import { mcpConfigSchema } from '#features/mcp/config';
import { parseTrustedJson } from '#foundation/json';
import type { ConfigurationDesk } from './configuration-desk.ts';
import { fakeIdentityDesk } from './testing/identity-desk.ts';
import { cli, NOW_MS } from './testing/run-in-process.ts';

let fake: ReturnType<typeof fakeIdentityDesk>;

beforeEach(() => {
  fake = fakeIdentityDesk();
});

/** One MCP server: files, and the audience notes of another. */
const declared: ConfigurationDesk = {
  problems: async () => [],
  files: async () => [],
  show: async () => ({}),
  rateLimits: () => expect.unreachable(),
  mcpServers: async () =>
    mcpConfigSchema.parse({
      files: { type: 'stdio', command: 'files' },
      other: { type: 'stdio', command: 'notes', oauth: { audience: 'notes' } },
    }),
};

function admin(line: string) {
  const runtime = { pid: 1, port: 8080, baseUrl: 'http://127.0.0.1:8080', profile: 'local', startedAtMs: NOW_MS };
  return cli(['admin', ...line.split(' ')], {
    services: { identity: async () => fake.desk, runtime: async () => runtime, configuration: () => declared },
  });
}

describe('admin users', () => {
  it('lists, finds and shows', async () => {
    expect((await admin('users list')).stdout).toContain('ada@example.com');
    expect((await admin('users search ada')).stdout).toContain('ada@example.com');
    expect(await admin('users search bob')).toMatchObject({ code: 0, stdout: '', stderr: 'nobody matches\n' });
    expect(parseTrustedJson((await admin('users show ada@example.com --json')).stdout)).toMatchObject({
      id: 'u-ada',
      role: 'user',
      roles: ['user'],
      tenant_id: 'default',
      created_at: '2026-11-23T12:00:00.000Z',
    });
    expect((await admin('users show bob@example.com')).code).toBe(5);
  });

  it('creates with the role user unless others are named, and refuses an unknown one', async () => {
    await admin('users create --name Ada --email ada@example.com');
    await admin('users create --name Ada --email ada@example.com --role admin,service --role mcp --department ops');
    expect(fake.changes).toEqual([
      ['createUser', { name: 'Ada', email: 'ada@example.com', roles: ['user'], department: null }],
      ['createUser', { name: 'Ada', email: 'ada@example.com', roles: ['admin', 'service', 'mcp'], department: 'ops' }],
    ]);
    const { code, stderr } = await admin('users create --name A --email a@b.c --role amdin');
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean admin?');
  });

  it('deletes only when it was agreed to', async () => {
    expect((await admin('users delete ada@example.com')).code).toBe(2);
    expect((await admin('users delete ada@example.com --dry-run')).stdout).toContain('would');
    expect(fake.changes).toEqual([]);
    expect((await admin('users delete ada@example.com --yes')).code).toBe(0);
    expect(fake.changes).toEqual([['deleteUser', 'u-ada']]);
  });

  it('assigns, promotes and demotes', async () => {
    await admin('users role assign ada@example.com admin,user');
    await admin('users role assign ada@example.com --roles service');
    await admin('users role promote ada@example.com');
    await admin('users role demote ada@example.com');
    expect(fake.changes).toEqual([
      ['setRoles', 'u-ada', ['admin', 'user']],
      ['setRoles', 'u-ada', ['service']],
      ['setRoles', 'u-ada', ['admin', 'user']],
      ['setRoles', 'u-ada', ['user']],
    ]);
    expect((await admin('users role assign ada@example.com')).code).toBe(2);
  });
});

describe('admin users pat', () => {
  it('shows a secret once, alone where a script wants it', async () => {
    const { stdout } = await admin('users pat issue ada@example.com --name laptop --expires-in 90d --json');
    expect(parseTrustedJson(stdout)).toMatchObject({ secret: 'sp-live-0a1b2c3d4e5f.secret', name: 'laptop' });
    expect(await admin('users pat issue ada@example.com --name ci --token-only')).toEqual({
      code: 0,
      stdout: 'sp-live-0a1b2c3d4e5f.secret\n',
      stderr: '',
    });
    expect(fake.changes[0]).toEqual(['issuePat', 'u-ada', { name: 'laptop', expiresInMs: 90 * 86_400_000 }]);
    expect((await admin('users pat list ada@example.com')).stdout).not.toContain('secret');
  });

  it('revokes by prefix, and issues nothing in a dry run', async () => {
    await admin('users pat issue ada@example.com --name x --dry-run');
    expect((await admin('users pat revoke sp-live-0a1b2c3d4e5f --yes')).stdout).toContain('revoked_at');
    expect(fake.changes).toEqual([['revokePat', 'sp-live-0a1b2c3d4e5f']]);
    expect((await admin('users pat issue ada@example.com --name x --expires-in soon')).stderr).toContain(
      '90s, 15m, 24h, 7d',
    );
  });
});

describe('admin session and keys', () => {
  it('prints an access token and nothing else', async () => {
    expect(await admin('session login --token-only')).toEqual({ code: 0, stdout: 'a.b.c\n', stderr: '' });
    await admin('session login --email ada@example.com --audience files,notes --expires-in 1h --token-only');
    expect(fake.changes).toEqual([
      ['login', { email: 'admin@localhost', audiences: [], durationMs: undefined }],
      ['login', { email: 'ada@example.com', audiences: ['files', 'notes'], durationMs: 3_600_000 }],
    ]);
  });

  it('warns of an audience that no server has, beside the token', async () => {
    const { code, stdout, stderr } = await admin('session login --audience fils --token-only');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'a.b.c\n' });
    expect(stderr).toContain('warning: no MCP server here has the audience fils');
    expect((await admin('session login --audience files,notes,api --token-only')).stderr).toBe('');
  });

  it('prints a link that signs a browser in', async () => {
    expect((await admin('session login --link')).stdout).toBe('http://127.0.0.1:8080/sign-in?code=code-1\n');
  });

  it('lists, shows and ends sessions', async () => {
    const open = (await admin('session list')).stdout;
    expect(open).toContain('s-1');
    expect(open).not.toMatch(/s-ended|s-expired/);
    expect((await admin('session list --all')).stdout).toMatch(/s-ended[\s\S]*s-expired/);
    expect((await admin('session show s-1')).stdout).toContain('ada@example.com');
    expect((await admin('session show s-2')).code).toBe(5);
    expect((await admin('session logout s-1 --yes')).code).toBe(0);
    expect(fake.changes).toEqual([['endSession', 's-1']]);
  });

  it('issues a token for the hooks of a client', async () => {
    expect((await admin('keys issue-plugin-token --token-only')).stdout).toBe('p.q.r\n');
    expect(fake.changes).toEqual([
      ['issuePluginToken', { email: undefined, pluginId: 'systemprompt', durationMs: undefined }],
    ]);
  });
});
