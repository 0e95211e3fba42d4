import { type ChildProcess, spawn } from 'node:child_process';
import { chown, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createIdSource } from '#foundation/ids';
import { isJsonObject, parseTrustedJson } from '#foundation/json';
import { silentLogger } from '#foundation/logging';
import { systemClock } from '#foundation/time';
import { findPackagedBinaries } from './binaries.ts';
import { type Cluster, readCluster, recordFile } from './cluster.ts';
import { createDatabase, type PooledDatabase } from './database.ts';
import {
  createEmbeddedPostgres,
  type EmbeddedConnection,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './embedded.ts';
import { findPostmaster, processExists } from './postmaster.ts';
import { canEnter } from './server-user.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..', '..');
const ids = createIdSource(systemClock.nowMs);
const isRoot = process.getuid?.() === 0;

let root: string;
let cleanups: (() => Promise<unknown>)[];

beforeEach(async () => {
  root = join(tmpdir(), `systemprompt-embedded-${ids.bytes(6).toString('hex')}`);
  await mkdir(root, { mode: 0o711 });
  cleanups = [() => rm(root, { recursive: true, force: true })];
});

afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

function embeddedIn(directory: string, more: Partial<EmbeddedPostgresOptions> = {}): EmbeddedPostgres {
  const embedded = createEmbeddedPostgres({ directory, logger: silentLogger, clock: systemClock, ids, ...more });
  cleanups.push(() => embedded.stop());
  return embedded;
}

function open(connectionString: string): PooledDatabase {
  const database = createDatabase({ connectionString, poolMax: 2, logger: silentLogger, clock: systemClock });
  cleanups.push(() => database.close());
  return database;
}

async function clusterOf(directory: string): Promise<Cluster> {
  const cluster = await readCluster(directory);
  if (cluster === undefined) throw new Error('no record');
  return cluster;
}

async function postmasterPid(directory: string): Promise<number> {
  const found = await findPostmaster((await clusterOf(directory)).dataDirectory);
  if (found === undefined) throw new Error('no postmaster');
  return found.pid;
}

/** Starts tests/support/embedded-process.ts and waits for its line. */
async function runInProcess(
  directory: string,
  uid?: number,
): Promise<{ child: ChildProcess; connectionString: string; uid: unknown }> {
  const script = join(REPOSITORY, 'tests', 'support', 'embedded-process.ts');
  const child = spawn(process.execPath, ['--conditions=systemprompt-source', script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: REPOSITORY,
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  cleanups.push(() => endProcess(child, 'SIGTERM'));
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8')));
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
  });
  const ready = parseTrustedJson(line);
  if (!isJsonObject(ready)) throw new Error(line);
  return { child, connectionString: String(ready.connectionString), uid: ready.uid };
}

async function endProcess(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

async function untilGone(pid: number): Promise<void> {
  await expect.poll(() => processExists(pid), { timeout: 15_000, interval: 20 }).toBe(false);
}

describe('a running server', () => {
  let home: string;
  let directory: string;
  let shared: EmbeddedPostgres;
  let connection: EmbeddedConnection;

  beforeAll(async () => {
    home = join(tmpdir(), `systemprompt-embedded-${ids.bytes(6).toString('hex')}`);
    await mkdir(home, { mode: 0o711 });
    directory = join(home, 'postgres');
    shared = createEmbeddedPostgres({ directory, logger: silentLogger, clock: systemClock, ids });
    connection = await shared.start();
  });
  afterAll(async () => {
    await shared.stop();
    await rm(home, { recursive: true });
  });

  test('it listens on loopback only, without a socket file, and keeps every durability setting on', async () => {
    const rows = await open(connection.superuserConnectionString).query<{ name: string; setting: string }>(
      `SELECT name, setting FROM pg_settings WHERE name IN
       ('listen_addresses', 'unix_socket_directories', 'fsync', 'full_page_writes', 'synchronous_commit')`,
    );
    expect(Object.fromEntries(rows.map((row) => [row.name, row.setting]))).toEqual({
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
    });
  });
  test('the application role owns its database and nothing of the cluster', async () => {
    const database = open(connection.connectionString);
    const [role] = await database.query(
      'SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user',
    );
    expect(role).toEqual({ rolsuper: false, rolcreaterole: false, rolcreatedb: false });
  });
  test('the record with its passwords is readable by its owner only', async () => {
    expect((await stat(recordFile(directory))).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'postgres.log'))).mode & 0o777).toBe(0o600);
  });
  test.runIf(isRoot)('as root the server runs as an unprivileged account and owns its data', async () => {
    const { dataDirectory } = await clusterOf(directory);
    expect(dataDirectory).toBe(join(directory, 'data'));
    expect((await stat(dataDirectory)).uid).toBe(65_534);
    expect((await stat(`/proc/${await postmasterPid(directory)}`)).uid).toBe(65_534);
  });
  test('the server is in a process group of its own, out of reach of an interrupt at the terminal', async () => {
    const pid = await postmasterPid(directory);
    // Field 5 of /proc/<pid>/stat, the third after the parenthesised name, is the process group.
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    if (text === undefined) return;
    expect(Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[2])).toBe(pid);
  });
});

test('what was committed is there after a stop and a start', async () => {
  const directory = join(root, 'postgres');
  const first = embeddedIn(directory);
  const before = open((await first.start()).connectionString);
  await before.query('CREATE TABLE kept (word text)');
  await before.query('INSERT INTO kept VALUES ($1)', ['yes']);
  await before.close();
  const pid = await postmasterPid(directory);
  await first.stop();
  expect(processExists(pid)).toBe(false);

  const second = embeddedIn(directory);
  const after = open((await second.start()).connectionString);
  expect(await after.query('SELECT word FROM kept')).toEqual([{ word: 'yes' }]);
});

test.runIf(isRoot)('as root with a home that nobody else may enter, data and binaries stand elsewhere', async () => {
  const home = await mkdtemp(join(root, 'private-'));
  const directory = join(home, 'postgres');
  const closed = join(home, 'native');
  await cp(findPackagedBinaries(process.platform, process.arch), closed, { recursive: true, verbatimSymlinks: true });
  const embedded = embeddedIn(directory, { binariesDirectory: closed, temporaryDirectory: root });
  const database = open((await embedded.start()).connectionString);
  const { dataDirectory } = await clusterOf(directory);
  expect(dataDirectory.startsWith(join(root, 'systemprompt-postgres'))).toBe(true);
  expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await database.close();
  await embedded.stop();

  // A home that is deleted and made again starts clean, and what it left is removed.
  await rm(home, { recursive: true });
  await mkdir(home, { mode: 0o700 });
  const reborn = embeddedIn(directory, { temporaryDirectory: root });
  await reborn.start();
  expect(await stat(dirname(dataDirectory)).catch(() => 'gone')).toBe('gone');
});

test.runIf(isRoot && (await canEnter(REPOSITORY, { uid: 65_534, gid: 65_534 })))(
  'as an ordinary user everything stands in the home, under that user',
  async () => {
    const home = join(root, 'home');
    await mkdir(home, { mode: 0o700 });
    await chown(home, 65_534, 65_534);
    const { connectionString, uid } = await runInProcess(join(home, 'postgres'), 65_534);
    expect(uid).toBe(65_534);
    expect(await open(connectionString).query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    const { dataDirectory } = await clusterOf(join(home, 'postgres'));
    expect(dataDirectory).toBe(join(home, 'postgres', 'data'));
  },
);

test('two homes run side by side', async () => {
  const connections = await Promise.all(['one', 'two'].map((name) => embeddedIn(join(root, name, 'postgres')).start()));
  const directories = await Promise.all(
    connections.map(({ superuserConnectionString }) => open(superuserConnectionString).query('SHOW data_directory')),
  );
  expect(directories[0]).not.toEqual(directories[1]);
});

test('a port that is taken is given up for another, which is remembered', async () => {
  const directory = join(root, 'postgres');
  const first = embeddedIn(directory);
  await first.start();
  const { port } = await clusterOf(directory);
  await first.stop();
  const squatter = createServer().listen(port, '127.0.0.1');
  await new Promise((resolve) => squatter.once('listening', resolve));
  cleanups.push(() => new Promise((resolve) => squatter.close(resolve)));

  const second = embeddedIn(directory);
  const database = open((await second.start()).connectionString);
  expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect((await clusterOf(directory)).port).not.toBe(port);
});

test('after kill -9 of its owner the living server is adopted, not doubled, and stops with the new owner', async () => {
  const directory = join(root, 'postgres');
  const { child, connectionString } = await runInProcess(directory);
  const before = open(connectionString);
  await before.query('CREATE TABLE kept AS SELECT 1 AS one');
  const pid = await postmasterPid(directory);
  await endProcess(child, 'SIGKILL');
  expect(processExists(pid)).toBe(true);

  const heir = embeddedIn(directory);
  const after = open((await heir.start()).connectionString);
  expect(await postmasterPid(directory)).toBe(pid);
  expect(await after.query('SELECT one FROM kept')).toEqual([{ one: 1 }]);
  await after.close();
  await heir.stop();
  expect(processExists(pid)).toBe(false);
});

test('after kill -9 of owner and server the stale lock file is no obstacle and nothing committed is lost', async () => {
  const directory = join(root, 'postgres');
  const { child, connectionString } = await runInProcess(directory);
  await open(connectionString).query('CREATE TABLE kept AS SELECT 1 AS one');
  const pid = await postmasterPid(directory);
  await endProcess(child, 'SIGKILL');
  process.kill(pid, 'SIGKILL');
  await untilGone(pid);

  const after = open((await embeddedIn(directory).start()).connectionString);
  expect(await after.query('SELECT one FROM kept')).toEqual([{ one: 1 }]);
});

test('a stale lock file whose process number now belongs to somebody else is no obstacle', async () => {
  const directory = join(root, 'postgres');
  const first = embeddedIn(directory);
  await first.start();
  await first.stop();
  const { dataDirectory } = await clusterOf(directory);
  // Process 1 of any system, and this very process, are alive and no postmaster.
  await writeFile(join(dataDirectory, 'postmaster.pid'), `${process.pid}\n${dataDirectory}\n1\n1\n\n127.0.0.1\n`);
  const database = open((await embeddedIn(directory).start()).connectionString);
  expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('a second owner of one home is refused and the first goes on', async () => {
  const directory = join(root, 'postgres');
  const database = open((await embeddedIn(directory).start()).connectionString);
  const second = embeddedIn(directory);
  await expect(second.start()).rejects.toMatchObject({ kind: 'conflict', code: 'embedded_postgres_in_use' });
  await second.stop();
  expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('a server that dies under us is brought up again on the same port', async () => {
  const directory = join(root, 'postgres');
  const database = open((await embeddedIn(directory).start()).connectionString);
  await database.query('CREATE TABLE kept AS SELECT 1 AS one');
  const pid = await postmasterPid(directory);
  process.kill(pid, 'SIGKILL');
  await untilGone(pid);
  await expect
    .poll(() => database.query('SELECT one FROM kept').catch(() => 'away'), { timeout: 30_000, interval: 50 })
    .toEqual([{ one: 1 }]);
});

test('a record that belongs to other data is refused by name', async () => {
  const directory = join(root, 'postgres');
  const first = embeddedIn(directory);
  await first.start();
  await first.stop();
  const cluster = await clusterOf(directory);
  await writeFile(recordFile(directory), JSON.stringify({ ...cluster, superuserPassword: 'wrong' }));
  const refused = embeddedIn(directory);
  await expect(refused.start()).rejects.toMatchObject({ code: 'embedded_postgres_stranger' });
  // The server that was started to find out is still reachable for whoever mends the record.
  await writeFile(recordFile(directory), JSON.stringify(cluster));
  await embeddedIn(directory).start();
});

test('data without their record are refused, not overwritten', async () => {
  const directory = join(root, 'postgres');
  const first = embeddedIn(directory);
  await first.start();
  await first.stop();
  await rm(recordFile(directory));
  await expect(embeddedIn(directory).start()).rejects.toMatchObject({ code: 'embedded_postgres_record' });
});

test('binaries that cannot run are reported with the reason, and nothing is left running', async () => {
  const broken = embeddedIn(join(root, 'postgres'), { binariesDirectory: join(root, 'nothing') });
  await mkdir(join(root, 'nothing', 'bin'), { recursive: true });
  await expect(broken.start()).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'embedded_postgres_failed',
    message: expect.stringContaining('initdb'),
  });
});

test('an unfinished data directory of an interrupted first start is no obstacle and is removed', async () => {
  const directory = join(root, 'postgres');
  await mkdir(join(directory, 'data.0123456789ab'), { recursive: true, mode: 0o700 });
  await embeddedIn(directory).start();
  expect(await stat(join(directory, 'data.0123456789ab')).catch(() => 'gone')).toBe('gone');
});
