import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTrustedJson } from '#foundation/json';
import { rateLimitConfigSchema } from '#governance/limits/config';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres';
import type { ConfigurationDesk } from './configuration-desk.ts';
import type { CliServices } from './services.ts';
import { cli } from './testing/run-in-process.ts';

const DESK: ConfigurationDesk = {
  problems: async () => [],
  files: async () => ['/home/profile.yaml', '/services/config/config.yaml'],
  show: async () => ({ profile: { gateway: { routes: [{ provider: 'mock' }] } }, services: { mcp_servers: {} } }),
  rateLimits: async () => rateLimitConfigSchema.parse({}),
  mcpServers: async () => ({}),
};

function config(line: string, desk: Partial<ConfigurationDesk> = {}) {
  return cli(['admin', 'config', ...line.split(' ')], { services: { configuration: () => ({ ...DESK, ...desk }) } });
}

describe('admin config', () => {
  it('shows all of it as YAML, or one part by its path, from either root', async () => {
    expect((await config('show')).stdout).toContain('profile:\n  gateway:\n    routes:\n      - provider: mock');
    expect((await config('show gateway.routes.0.provider')).stdout).toBe('mock\n');
    expect((await config('show profile.gateway.routes.0.provider')).stdout).toBe('mock\n');
    expect(parseTrustedJson((await config('show gateway --json')).stdout)).toEqual({ routes: [{ provider: 'mock' }] });
    expect((await config('show gateway.rutes')).code).toBe(5);
    expect((await config('show constructor')).code).toBe(5);
  });

  it('names every problem at its line and column, and exits 1', async () => {
    const problem = {
      file: 'a.yaml',
      line: 2,
      column: 3,
      path: 'mcp_serverz',
      message: 'is unknown',
      suggestion: 'mcp_servers',
    };
    const { code, stdout } = await config('validate', { problems: async () => [problem] });
    expect(code).toBe(1);
    expect(stdout).toBe('a.yaml:2:3 mcp_serverz: is unknown (did you mean mcp_servers?)\n');
    const asJson = await config('validate --json', { problems: async () => [problem] });
    expect(parseTrustedJson(asJson.stdout)).toMatchObject({ valid: false, items: [problem] });
    expect(parseTrustedJson((await config('validate --json')).stdout)).toMatchObject({ valid: true });
  });

  it('tells what a role may ask for', async () => {
    expect(parseTrustedJson((await config('rate-limits show --json')).stdout)).toMatchObject({
      requests_per_window: 300,
      window_secs: 60,
      items: expect.arrayContaining([
        { role: 'admin', multiplier: 10, session: 3_000, principal: 12_000 },
        { role: 'anonymous', multiplier: 0.5, session: 150, principal: 600 },
      ]),
    });
  });
});

describe('infra db', () => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await createTestDatabase();
  });

  afterAll(() => test?.drop());

  const directory = join(import.meta.dirname, '..', '..', '..', 'migrations');

  function db(line: readonly string[], migrationsDirectory = directory) {
    const services: Partial<CliServices> = {
      database: async () => test.database,
      places: () => ({ home: '', migrationsDirectory, journalDirectory: '', auditKeyDirectory: '', logFile: '' }),
    };
    return cli(['infra', 'db', ...line], { services });
  }

  it.each(['info', 'status', 'tables', 'indexes', 'size', 'validate', 'describe users', 'count users'])(
    '%s answers',
    async (line) => {
      const { code, stdout } = await db(line.split(' '));
      expect(code).toBe(0);
      expect(stdout).not.toBe('');
      expect(parseTrustedJson((await db([...line.split(' '), '--json'])).stdout)).toBeTruthy();
    },
  );

  it('tells where the migrations stand, and that a history without its files is refused', async () => {
    expect(parseTrustedJson((await db(['migrations', 'status', '--json'])).stdout)).toMatchObject({
      pending: 0,
      problem: null,
    });
    const elsewhere = join(import.meta.dirname, 'testing');
    expect((await db(['migrations', 'status'], elsewhere)).code).toBe(6);
    expect((await db(['validate'], elsewhere)).code).toBe(6);
    expect((await db(['status'], elsewhere)).code).toBe(1);
  });

  it('queries, bounded, and says when it cut', async () => {
    const { stdout, stderr } = await db(['query', 'SELECT generate_series(1, 9) AS n', '-n', '2', '-o', 'ndjson']);
    expect(stdout).toBe('{"n":1}\n{"n":2}\n');
    expect(stderr).toBe('');
    expect((await db(['query', 'SELECT generate_series(1, 9) AS n', '-n', '2'])).stderr).toContain('cut at 2 rows');
    expect((await db(['query', 'DROP TABLE users'])).code).toBe(1);
    expect((await db(['count', 'users; DROP TABLE users'])).code).toBe(5);
    expect((await db(['count', 'users'])).code).toBe(0);
  });
});
