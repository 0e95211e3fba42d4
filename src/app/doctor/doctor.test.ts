import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatingError } from '#foundation/errors';
import type { Database } from '#foundation/postgres/database';
import type { DiagnosisStatus } from '#surfaces/cli/diagnosis';
import { proves } from '#tests/support/proves';
import { homeAt } from '../home.ts';
import type { DoctorDeps } from './check.ts';
import { DOCTOR_CHECKS, diagnose } from './doctor.ts';
import { freeBytes, isPortFree } from './machine.ts';

const NOW_MS = Date.UTC(2026, 10, 23);
const GIBIBYTE = 1_024 ** 3;

proves('cli.doctor');

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'doctor-'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A database that answers the doctor's one question. */
function database(facts: { version?: string; number?: number; nowMs?: number } = {}): Database {
  const { version = '18.4', number = 180_004, nowMs = NOW_MS } = facts;
  return {
    query: async <Row>() => [{ version, version_number: number, now_ms: nowMs }] as Row[],
    transaction: () => expect.unreachable(),
    listen: () => expect.unreachable(),
    close: async () => {},
  };
}

/** A machine on which everything is well, but for what the test says. */
function machine(differences: Partial<DoctorDeps> = {}): DoctorDeps {
  return {
    nodeVersion: '26.10.0',
    userId: process.getuid?.(),
    home: homeAt(root, 'local'),
    host: '127.0.0.1',
    port: 8080,
    clock: { nowMs: () => NOW_MS, monotonicMs: () => 0, after: () => () => {} },
    journalBytesMax: GIBIBYTE,
    runtime: async () => undefined,
    database: async () => database(),
    migrations: async () => ({ applied: [], pending: [], problem: null }),
    configurationProblems: async () => [],
    mcpCommands: async () => [{ server: 'files', command: 'npx' }],
    resolveCommand: (command) => `/usr/bin/${command}`,
    isPortFree: async () => true,
    freeBytes: async () => 10 * GIBIBYTE,
    ...differences,
  };
}

async function finding(check: string, differences: Partial<DoctorDeps> = {}) {
  return (await diagnose(machine(differences))).find((item) => item.check === check);
}

describe('the doctor', () => {
  it('passes every check of a machine on which all is well, in the order of a start', async () => {
    const items = await diagnose(machine());
    expect(items.map(({ check }) => check)).toEqual(DOCTOR_CHECKS.map(({ name }) => name));
    expect(items.filter(({ status }) => status !== 'pass')).toEqual([]);
    expect(items.every(({ remedy }) => remedy === null)).toBe(true);
  });

  it('fails a check that throws with its reason and remedy, and still runs the others', async () => {
    const away = new OperatingError('unavailable', 'database_unavailable', 'the database is away', {
      remedy: 'start it',
    });
    const items = await diagnose(machine({ database: () => Promise.reject(away) }));
    expect(items).toHaveLength(DOCTOR_CHECKS.length);
    expect(items.find(({ check }) => check === 'database')).toMatchObject({
      status: 'fail',
      detail: 'the database is away',
      remedy: 'start it',
    });
    expect(items.find(({ check }) => check === 'mcp_servers')).toMatchObject({ status: 'pass' });
  });

  it('names the trouble of the database once, and what is unknown because of it', async () => {
    const refusing = { ...database(), query: () => Promise.reject(new Error('connect ECONNREFUSED')) };
    const items = await diagnose(machine({ database: async () => refusing }));
    const about = (check: string) => items.find((item) => item.check === check);
    expect(about('database')).toMatchObject({ status: 'fail', remedy: expect.stringContaining('DATABASE_URL') });
    for (const check of ['migrations', 'clock']) {
      expect(about(check)).toMatchObject({ status: 'warn', detail: expect.stringContaining('unknown') });
    }
  });

  it('gives every warning and failure a remedy', async () => {
    const items = await diagnose(
      machine({
        nodeVersion: '20.20.2',
        configurationProblems: async () => [
          { file: 'a.yaml', line: 2, column: 3, path: 'gateway', message: 'is wrong' },
        ],
        freeBytes: async () => 0,
        isPortFree: async () => false,
        database: async () => database({ version: '14.1', number: 140_001, nowMs: NOW_MS - 60_000 }),
        migrations: async () => ({ applied: [], pending: ['0004_next.sql'], problem: null }),
        resolveCommand: () => expect.unreachable('not on PATH'),
      }),
    );
    for (const { status, remedy } of items.filter((item) => !['keys', 'home'].includes(item.check))) {
      expect(status).not.toBe('pass');
      expect(remedy).not.toBeNull();
    }
  });
});

const FINDINGS: readonly (readonly [string, DiagnosisStatus, string, Partial<DoctorDeps>])[] = [
  ['runtime', 'fail', '20.20.2', { nodeVersion: '20.20.2' }],
  ['runtime', 'fail', '22.18.0', { nodeVersion: '22.18.0' }],
  ['runtime', 'pass', '22.19.0', { nodeVersion: '22.19.0' }],
  ['database', 'warn', 'not running', { database: async () => undefined }],
  ['database', 'fail', '14.1', { database: async () => database({ version: '14.1', number: 140_001 }) }],
  ['database', 'pass', '15.0', { database: async () => database({ version: '15.0', number: 150_000 }) }],
  ['migrations', 'warn', 'not running', { database: async () => undefined }],
  ['migrations', 'warn', '1 pending', { migrations: async () => ({ applied: [], pending: ['a.sql'], problem: null }) }],
  [
    'migrations',
    'fail',
    'was edited',
    {
      migrations: async () => ({
        applied: [],
        pending: [],
        problem: new OperatingError('conflict', 'migration_edited', 'a.sql was edited', { remedy: 'put it back' }),
      }),
    },
  ],
  ['clock', 'pass', '1500 ms', { database: async () => database({ nowMs: NOW_MS + 1_500 }) }],
  ['clock', 'warn', '5000 ms', { database: async () => database({ nowMs: NOW_MS - 5_000 }) }],
  ['clock', 'fail', 'refused', { database: async () => database({ nowMs: NOW_MS + 31_000 }) }],
  ['journal', 'fail', '0 MiB free', { freeBytes: async () => 1_000 }],
  ['journal', 'warn', 'before the quota', { freeBytes: async () => GIBIBYTE / 2 }],
  ['port', 'fail', 'another program', { isPortFree: async () => false }],
  ['port', 'pass', 'a free one', { port: 0, isPortFree: async () => false }],
  ['mcp_servers', 'pass', 'none', { mcpCommands: async () => [] }],
];

describe.each(FINDINGS)('%s', (check, status, words, differences) => {
  it(`is a ${status} when it finds: ${words}`, async () => {
    const found = await finding(check, differences);
    expect(found).toMatchObject({ status, detail: expect.stringContaining(words) });
  });
});

describe('port', () => {
  it('is ours while our server runs', async () => {
    const runtime = { pid: 7, port: 8080, baseUrl: 'http://127.0.0.1:8080', profile: 'local', startedAtMs: 0 };
    const found = await finding('port', { runtime: async () => runtime, isPortFree: async () => false });
    expect(found).toMatchObject({ status: 'pass', detail: expect.stringContaining('process 7') });
  });

  it('is looked at by listening', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve(Number(Object(server.address()).port)));
    });
    expect(await isPortFree('127.0.0.1', port)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    expect(await isPortFree('127.0.0.1', port)).toBe(true);
  });
});

describe('home', () => {
  it('need not be there before the first start, where it can be made', async () => {
    const home = homeAt(join(root, 'a', 'b'), 'local');
    expect(await finding('home', { home })).toMatchObject({
      status: 'pass',
      detail: expect.stringContaining('the first start makes it'),
    });
  });

  it('is a directory, and not below a file', async () => {
    writeFileSync(join(root, 'file'), '');
    for (const path of [join(root, 'file'), join(root, 'file', 'home')]) {
      expect(await finding('home', { home: homeAt(path, 'local') })).toMatchObject({
        status: 'fail',
        detail: expect.stringContaining('is not a directory'),
        remedy: expect.stringContaining('--home'),
      });
    }
  });

  it.skipIf(process.getuid?.() === 0)('can be written', async () => {
    chmodSync(root, 0o500);
    const found = await finding('home');
    chmodSync(root, 0o700);
    expect(found).toMatchObject({ status: 'fail', remedy: expect.stringContaining('chown') });
  });
});

describe('journal', () => {
  it('counts what is there against the quota', async () => {
    mkdirSync(join(root, 'journal', 'log'), { recursive: true });
    writeFileSync(join(root, 'journal', 'log', '1.segment'), Buffer.alloc(2_000));
    expect(await finding('journal', { journalBytesMax: 1_000 })).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('quota'),
    });
    expect(await finding('journal')).toMatchObject({ status: 'pass' });
  });

  it('must be a directory that can be written', async () => {
    writeFileSync(join(root, 'journal'), 'a file');
    expect(await finding('journal')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('cannot be written'),
    });
  });

  it('asks the disk for its room', async () => {
    expect(await freeBytes(root)).toBeGreaterThan(0);
  });
});

describe('keys', () => {
  function keyFile(name: string, mode: number): string {
    mkdirSync(join(root, 'keys'), { recursive: true, mode: 0o700 });
    const path = join(root, 'keys', name);
    writeFileSync(path, 'key', { mode });
    chmodSync(path, mode);
    return path;
  }

  it('need not be there before the first start', async () => {
    expect(await finding('keys')).toMatchObject({ status: 'pass', detail: expect.stringContaining('first start') });
  });

  it('are for their owner alone, and so is what tells the way to the database', async () => {
    keyFile('good.pem', 0o600);
    expect(await finding('keys')).toMatchObject({ status: 'pass' });
    const open = keyFile('open.pem', 0o640);
    expect(await finding('keys')).toMatchObject({ status: 'fail', remedy: `chmod 600 ${open}` });
    chmodSync(open, 0o600);
    writeFileSync(join(root, 'runtime.json'), '{}', { mode: 0o644 });
    expect(await finding('keys')).toMatchObject({ status: 'fail', detail: expect.stringContaining('runtime.json') });
  });

  it('stand in a directory that is for their owner alone, and are no links', async () => {
    const path = keyFile('good.pem', 0o600);
    chmodSync(join(root, 'keys'), 0o755);
    expect(await finding('keys')).toMatchObject({ status: 'fail', remedy: `chmod 700 ${join(root, 'keys')}` });
    chmodSync(join(root, 'keys'), 0o700);
    symlinkSync(path, join(root, 'keys', 'link.pem'));
    expect(await finding('keys')).toMatchObject({ status: 'fail', detail: expect.stringContaining('symbolic link') });
  });

  it('belong to this user', async () => {
    keyFile('good.pem', 0o600);
    expect(await finding('keys', { userId: 4_242 })).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('another user'),
    });
  });
});
