/**
 * A PostgreSQL of our own: real server binaries from a registry package, started as a direct child, stopped with us.
 *
 * After a `kill -9` of this process the server lives on; the next start adopts it. Two servers on one data directory,
 * or two owners of one server, cannot happen: PostgreSQL's lock file prevents the first, an advisory lock held for our
 * lifetime the second.
 */
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Client } from 'pg';
import { messageOf, OperatingError } from '../errors.ts';
import type { IdSource } from '../ids.ts';
import type { Logger } from '../logging.ts';
import { type Clock, elapse } from '../time.ts';
import { noteOwner, removeAbandonedData } from './abandoned-data.ts';
import { findPackagedBinaries, prepareBinaries } from './binaries.ts';
import { type Cluster, openCluster, writeCluster } from './cluster.ts';
import { chooseFreePort } from './free-port.ts';
import { holdProcess } from './hold-process.ts';
import { findPostmaster, processExists } from './postmaster.ts';
import { initialiseData, logTail, type Server, shutDown, spawnPostmaster } from './server-process.ts';
import { serverSettings } from './server-settings.ts';
import { serverUserFor, sharedRoots } from './server-user.ts';
import { claimOwnership, connectWhenReady, ensureApplicationDatabase } from './superuser-connection.ts';

export type EmbeddedPostgresOptions = {
  /** `<home>/postgres`: the record, and, when the server's account can get there, the data. */
  readonly directory: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** A directory with `bin/`, `lib/` and `share/`; by default the platform package's. */
  readonly binariesDirectory?: string;
  readonly temporaryDirectory?: string;
  /** PostgreSQL settings that replace ours. */
  readonly settings?: Readonly<Record<string, string>>;
};

export type EmbeddedConnection = {
  /** As the role that owns the product's database. Holds a password. */
  readonly connectionString: string;
  /** As the role that owns the cluster. Holds a password. */
  readonly superuserConnectionString: string;
};

export type EmbeddedPostgres = {
  start(): Promise<EmbeddedConnection>;
  /** Ends the server: fast, or, when that takes too long, at once. Does nothing when it was not ours. */
  stop(): Promise<void>;
};

const READY_MS_MAX = 300_000;
const ADOPT_MS_MAX = 60_000;
const ATTEMPTS_MAX = 5;
const FAST_STOP_SECONDS = 10;
const IMMEDIATE_STOP_SECONDS = 5;

export function createEmbeddedPostgres(options: EmbeddedPostgresOptions): EmbeddedPostgres {
  const { directory, logger, clock, ids } = options;
  const temporaryDirectory = options.temporaryDirectory ?? tmpdir();
  let running: { readonly server: Server; readonly cluster: Cluster; client: Client } | undefined;
  let stopping = false;
  let recovering: Promise<void> | undefined;

  async function start(): Promise<EmbeddedConnection> {
    stopping = false;
    const release = holdProcess();
    try {
      return await startHeld();
    } finally {
      release();
    }
  }

  async function startHeld(): Promise<EmbeddedConnection> {
    const user = serverUserFor(process.getuid?.());
    const known = await openCluster({ directory, user, temporaryDirectory, ids });
    await noteOwner(known, directory);
    const binaries = await prepareBinaries({
      packaged: options.binariesDirectory ?? findPackagedBinaries(process.platform, process.arch),
      user,
      copyRoots: [join(directory, 'binaries'), ...sharedRoots(temporaryDirectory)],
      ids,
    });
    const logFile = join(directory, 'postgres.log');
    const server: Server = { binaries, dataDirectory: known.dataDirectory, user, logFile };
    if ((await dataVersion(server)) === undefined) {
      logger.info({ where: server.dataDirectory }, 'making the embedded database');
      await initialiseData(server, known.superuserPassword, ids.bytes(6).toString('hex'));
    }
    const { client, port } = await bringUp(server, known, false);
    const cluster = { ...known, port };
    if (!(await claimOwnership(client))) {
      await client.end();
      throw alreadyOwned(directory);
    }
    running = { server, cluster, client };
    watch(client);
    if (port !== known.port) await writeCluster(directory, cluster, ids);
    await ensureApplicationDatabase(client, cluster);
    await removeAbandonedData(cluster, directory, temporaryDirectory);
    return connectionOf(cluster, port);
  }

  /** Adopts the server that lives on the data directory, or starts one; resolves to a superuser's connection. */
  async function bringUp(
    server: Server,
    cluster: Cluster,
    keepPort: boolean,
  ): Promise<{ client: Client; port: number }> {
    let problem = '';
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const living = await findPostmaster(server.dataDirectory);
      const client =
        living === undefined ? await launch(server, cluster, keepPort) : await adopt(server, cluster, living);
      if (client !== undefined) return { client, port: client.port };
      problem = await logTail(server, 5);
    }
    throw new OperatingError('unavailable', 'embedded_postgres_failed', `PostgreSQL does not start: ${problem}`, {
      where: server.logFile,
      remedy: 'systemprompt doctor; or set DATABASE_URL to a PostgreSQL of your own',
    });
  }

  async function launch(server: Server, cluster: Cluster, keepPort: boolean): Promise<Client | undefined> {
    const port = await chooseFreePort(cluster.port);
    if (keepPort && port !== cluster.port) throw portTaken(cluster.port);
    const child = await spawnPostmaster(server, serverSettings(port, options.settings ?? {}));
    const isAlive = aliveness(child);
    return connectWhenReady({ cluster, port, clock, waitMs: READY_MS_MAX, isAlive });
  }

  async function adopt(
    server: Server,
    cluster: Cluster,
    living: { pid: number; port: number },
  ): Promise<Client | undefined> {
    const isAlive = () => processExists(living.pid);
    const client = await connectWhenReady({ cluster, port: living.port, clock, waitMs: ADOPT_MS_MAX, isAlive });
    if (client !== undefined) logger.info({ pid: living.pid }, 'found the embedded database running; using it');
    else await shutDown(server, 'immediate', IMMEDIATE_STOP_SECONDS);
    return client;
  }

  /** Our connection ends when the server does: then it is brought up again, on the port that the pool knows. */
  function watch(client: Client): void {
    client.once('end', () => {
      if (stopping || running?.client !== client) return;
      logger.error({ where: running.server.logFile }, 'the embedded database stopped unexpectedly; starting it again');
      recovering ??= recover().finally(() => {
        recovering = undefined;
      });
    });
  }

  async function recover(): Promise<void> {
    for (let attempt = 0; running !== undefined && !stopping; attempt++) {
      try {
        const { client } = await bringUp(running.server, running.cluster, true);
        if (!(await claimOwnership(client))) throw alreadyOwned(directory);
        running.client = client;
        watch(client);
        logger.info('the embedded database runs again');
        return;
      } catch (error) {
        logger.error({ problem: messageOf(error), attempt }, 'the embedded database does not start');
        await elapse(clock, Math.min(500 * 2 ** attempt, 30_000));
      }
    }
  }

  async function stop(): Promise<void> {
    stopping = true;
    if (running === undefined) return;
    const { server } = running;
    const stopped =
      (await shutDown(server, 'fast', FAST_STOP_SECONDS)) ||
      (await shutDown(server, 'immediate', IMMEDIATE_STOP_SECONDS));
    if (!stopped) await killPostmaster(server.dataDirectory);
    // Only now: our ownership must outlive the server.
    await running.client.end().catch(() => undefined);
    running = undefined;
  }

  return { start, stop };
}

function aliveness(child: ChildProcess): () => boolean {
  let alive = true;
  child.once('error', () => {
    alive = false;
  });
  child.once('exit', () => {
    alive = false;
  });
  return () => alive;
}

async function killPostmaster(dataDirectory: string): Promise<void> {
  const postmaster = await findPostmaster(dataDirectory);
  if (postmaster !== undefined) process.kill(postmaster.pid, 'SIGKILL');
}

/** The major version that made the data, undefined when there are none. */
async function dataVersion(server: Server): Promise<string | undefined> {
  return readFile(join(server.dataDirectory, 'PG_VERSION'), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}

function connectionOf(cluster: Cluster, port: number): EmbeddedConnection {
  const at = `127.0.0.1:${port}`;
  return {
    connectionString: `postgresql://systemprompt:${cluster.applicationPassword}@${at}/systemprompt`,
    superuserConnectionString: `postgresql://postgres:${cluster.superuserPassword}@${at}/postgres`,
  };
}

function alreadyOwned(directory: string): OperatingError {
  return new OperatingError('conflict', 'embedded_postgres_in_use', 'another process runs on this home', {
    where: dirname(directory),
    remedy: 'stop it with `systemprompt infra services stop`, or choose another --home',
  });
}

function portTaken(port: number | undefined): OperatingError {
  return new OperatingError('unavailable', 'embedded_postgres_port', `port ${port} is now used by another program`, {
    remedy: 'restart systemprompt; it chooses another port',
  });
}
