/**
 * A PostgreSQL of our own: real server binaries from a registry package, started as a direct child, stopped with us.
 *
 * After a `kill -9` of this process the server lives on; the next start adopts it. Two servers on one data directory,
 * or two owners of one server, cannot happen: PostgreSQL's lock file prevents the first, an advisory lock held for our
 * lifetime the second.
 */
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Client } from 'pg';
import { messageOf, OperatingError } from '../errors.ts';
import type { IdSource } from '../ids.ts';
import type { Logger } from '../logging.ts';
import type { Clock } from '../time.ts';
import { noteOwner, removeAbandonedData } from './abandoned-data.ts';
import { findPackagedBinaries, prepareBinaries } from './binaries.ts';
import { bringUp } from './bring-up.ts';
import { type Cluster, openCluster, writeCluster } from './cluster.ts';
import { holdProcess } from './hold-process.ts';
import { findPostmaster } from './postmaster.ts';
import { dataVersion, initialiseData, type Server, shutDown } from './server-process.ts';
import type { ServerSettings } from './server-settings.ts';
import { serverUserFor, sharedRoots } from './server-user.ts';
import { claimOwnership, ensureApplicationDatabase } from './superuser-connection.ts';

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
  readonly settings?: ServerSettings;
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

type Running = { readonly server: Server; readonly cluster: Cluster; readonly client: Client };

const FAST_STOP_SECONDS = 10;
const IMMEDIATE_STOP_SECONDS = 5;
const RECOVER_PAUSE_MS_MIN = 250;
const RECOVER_PAUSE_MS_MAX = 30_000;

export function createEmbeddedPostgres(options: EmbeddedPostgresOptions): EmbeddedPostgres {
  const { directory, logger, clock, ids } = options;
  const temporaryDirectory = options.temporaryDirectory ?? tmpdir();
  let running: Running | undefined;
  let stopping = false;
  let recovering = Promise.resolve();
  let endPause = () => {};

  async function start(): Promise<EmbeddedConnection> {
    stopping = false;
    const release = holdProcess();
    try {
      const { server, cluster } = await prepare();
      const client = await claim(server, cluster, false);
      const current = { ...cluster, port: client.port };
      running = { server, cluster: current, client };
      watch(client);
      if (client.port !== cluster.port) await writeCluster(directory, current, ids);
      await ensureApplicationDatabase(client, cluster);
      await removeAbandonedData(cluster, directory, temporaryDirectory);
      return connectionOf(cluster, client.port);
    } catch (error) {
      await stop();
      throw error;
    } finally {
      release();
    }
  }

  /** Everything that must stand before a server can run: record, programs, data. */
  async function prepare(): Promise<{ server: Server; cluster: Cluster }> {
    const user = serverUserFor(process.getuid?.());
    const cluster = await openCluster({ directory, user, temporaryDirectory, ids });
    await noteOwner(cluster, directory);
    const binaries = await prepareBinaries({
      packaged: options.binariesDirectory ?? findPackagedBinaries(process.platform, process.arch),
      user,
      copyRoots: [join(directory, 'binaries'), ...sharedRoots(directory, temporaryDirectory)],
      ids,
    });
    const server: Server = {
      binaries,
      dataDirectory: cluster.dataDirectory,
      user,
      logFile: join(directory, 'postgres.log'),
    };
    if ((await dataVersion(server)) === undefined) {
      logger.info({ where: server.dataDirectory }, 'making the embedded database');
      await initialiseData(server, cluster.superuserPassword, ids.bytes(6).toString('hex'));
    }
    return { server, cluster };
  }

  async function claim(server: Server, cluster: Cluster, keepPort: boolean): Promise<Client> {
    const settings = options.settings ?? {};
    const client = await bringUp({ server, cluster, keepPort, settings, clock, logger, isWanted: () => !stopping });
    if (await claimOwnership(client)) return client;
    await client.end();
    throw new OperatingError('conflict', 'embedded_postgres_in_use', 'another process runs on this home', {
      where: dirname(directory),
      remedy: 'stop it with `systemprompt infra services stop`, or choose another --home',
    });
  }

  /** Our connection ends when the server does: then it is brought up again, on the port that clients know. */
  function watch(client: Client): void {
    client.once('end', () => {
      if (stopping || running?.client !== client) return;
      logger.error({ where: running.server.logFile }, 'the embedded database stopped unexpectedly; starting it again');
      recovering = recovering.then(recover);
    });
  }

  async function recover(): Promise<void> {
    for (let pauseMs = RECOVER_PAUSE_MS_MIN; running !== undefined && !stopping; ) {
      try {
        const client = await claim(running.server, running.cluster, true);
        running = { ...running, client };
        watch(client);
        logger.info('the embedded database runs again');
        return;
      } catch (error) {
        if (!stopping) logger.error({ problem: messageOf(error) }, 'the embedded database does not start');
      }
      await pause(pauseMs);
      pauseMs = Math.min(pauseMs * 2, RECOVER_PAUSE_MS_MAX);
    }
  }

  /** Waits, but not longer than until we stop. */
  function pause(delayMs: number): Promise<void> {
    if (stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = clock.after(delayMs, resolve);
      endPause = () => {
        cancel();
        resolve();
      };
    });
  }

  async function stop(): Promise<void> {
    stopping = true;
    endPause();
    if (running === undefined) return;
    const release = holdProcess();
    try {
      const { server } = running;
      const stopped =
        (await shutDown(server, 'fast', FAST_STOP_SECONDS)) ||
        (await shutDown(server, 'immediate', IMMEDIATE_STOP_SECONDS));
      if (!stopped) await killPostmaster(server.dataDirectory);
      await recovering;
      // Only now: our ownership must outlive the server.
      await running.client.end().catch(() => undefined);
      running = undefined;
    } finally {
      release();
    }
  }

  return { start, stop };
}

async function killPostmaster(dataDirectory: string): Promise<void> {
  const postmaster = await findPostmaster(dataDirectory);
  if (postmaster !== undefined) process.kill(postmaster.pid, 'SIGKILL');
}

function connectionOf(cluster: Cluster, port: number): EmbeddedConnection {
  const at = `127.0.0.1:${port}`;
  return {
    connectionString: `postgresql://systemprompt:${cluster.applicationPassword}@${at}/systemprompt`,
    superuserConnectionString: `postgresql://postgres:${cluster.superuserPassword}@${at}/postgres`,
  };
}
