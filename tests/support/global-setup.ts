/**
 * One PostgreSQL for a whole run of the tests: `TEST_DATABASE_URL` when it is set, otherwise an embedded one in a
 * temporary directory. The migrations run once, into a template that each test's database is cloned from.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { messageOf } from '#foundation/errors';
import { createIdSource } from '#foundation/ids';
import { silentLogger } from '#foundation/logging';
import { createDatabase } from '#foundation/postgres/database';
import { createEmbeddedPostgres } from '#foundation/postgres/embedded';
import { migrate } from '#foundation/postgres/migrate';
import { findPostmaster, processExists } from '#foundation/postgres/postmaster';
import { systemClock } from '#foundation/time';

declare module 'vitest' {
  interface ProvidedContext {
    /** May create and drop databases. */
    testServerUrl: string;
    /** Whom a cloned database belongs to, and how to connect to it: its path is replaced. */
    testApplicationUrl: string;
    testTemplate: string;
    /** Why the template could not be made, or nothing. */
    testTemplateProblem: string;
  }
}

const MIGRATIONS = join(import.meta.dirname, '..', '..', 'migrations');
const RUN_PREFIX = 'systemprompt-test-';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const ids = createIdSource(() => Date.now());
  const server = await startServer(ids);
  const template = `sp_template_${ids.bytes(6).toString('hex')}`;
  // A broken migration fails the tests that need its tables, with its message, and leaves the others their verdict.
  const problem = await makeTemplate(server, template).then(
    () => '',
    (error: unknown) => messageOf(error),
  );
  project.provide('testServerUrl', server.serverUrl);
  project.provide('testApplicationUrl', server.applicationUrl);
  project.provide('testTemplate', template);
  project.provide('testTemplateProblem', problem);
  return async () => {
    if (server.stop === undefined) await dropDatabase(server.serverUrl, template);
    else await server.stop();
  };
}

type TestServer = {
  readonly serverUrl: string;
  readonly applicationUrl: string;
  readonly stop: (() => Promise<void>) | undefined;
};

async function startServer(ids: ReturnType<typeof createIdSource>): Promise<TestServer> {
  const given = process.env.TEST_DATABASE_URL;
  if (given !== undefined && given !== '') return { serverUrl: given, applicationUrl: given, stop: undefined };
  await removeDeadRuns();
  const directory = join(tmpdir(), `${RUN_PREFIX}${process.pid}-${ids.bytes(4).toString('hex')}`);
  // The account that runs the server when we are root must pass through.
  await mkdir(directory, { mode: 0o711 });
  const embedded = createEmbeddedPostgres({
    directory: join(directory, 'postgres'),
    logger: silentLogger,
    clock: systemClock,
    ids,
    // A test database is thrown away; what is under test never depends on the disk of this server.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' },
  });
  const { connectionString, superuserConnectionString } = await embedded.start();
  return {
    serverUrl: superuserConnectionString,
    applicationUrl: connectionString,
    async stop() {
      await embedded.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function makeTemplate(server: TestServer, template: string): Promise<void> {
  const owner = new URL(server.applicationUrl).username;
  const admin = openDatabase(server.serverUrl);
  await admin.query(`CREATE DATABASE ${template} OWNER "${decodeURIComponent(owner)}"`);
  await admin.close();
  const url = new URL(server.applicationUrl);
  url.pathname = `/${template}`;
  const database = openDatabase(url.href);
  try {
    await migrate(database, { directory: MIGRATIONS });
  } finally {
    await database.close();
  }
}

async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  const admin = openDatabase(serverUrl);
  await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await admin.close();
}

function openDatabase(connectionString: string): ReturnType<typeof createDatabase> {
  return createDatabase({ connectionString, poolMax: 2, logger: silentLogger, clock: systemClock });
}

/** A run that was killed leaves its server and its directory behind; the directory's name holds its process id. */
async function removeDeadRuns(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(RUN_PREFIX)) continue;
    const pid = Number(name.slice(RUN_PREFIX.length).split('-')[0]);
    if (!Number.isInteger(pid) || pid <= 0 || processExists(pid)) continue;
    const directory = join(tmpdir(), name);
    const postmaster = await findPostmaster(join(directory, 'postgres', 'data')).catch(() => undefined);
    if (postmaster !== undefined) process.kill(postmaster.pid, 'SIGQUIT');
    await rm(directory, { recursive: true, force: true });
  }
}
