import type { ChildProcess } from 'node:child_process';
import type { Client } from 'pg';
import { OperatingError } from '../errors.ts';
import type { Logger } from '../logging.ts';
import type { Clock } from '../time.ts';
import type { Cluster } from './cluster.ts';
import { chooseFreePort } from './free-port.ts';
import { findPostmaster, type Postmaster, processExists } from './postmaster.ts';
import { dataVersion, logTail, type Server, shutDown, spawnPostmaster } from './server-process.ts';
import { type ServerSettings, serverSettings } from './server-settings.ts';
import { connectWhenReady } from './superuser-connection.ts';

export type BringUpRequest = {
  readonly server: Server;
  readonly cluster: Cluster;
  /** Refuse to start on any port but the recorded one: clients already know it. */
  readonly keepPort: boolean;
  readonly settings: ServerSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  /** False once we are stopping: nothing is started any more. */
  readonly isWanted: () => boolean;
};

const READY_MS_MAX = 300_000;
const ADOPT_MS_MAX = 60_000;
const STOP_SECONDS_MAX = 5;
const ATTEMPTS_MAX = 5;

/**
 * Adopts the server that lives on the data directory, or starts one; resolves to a superuser's connection.
 *
 * Each attempt looks anew: a port may have been taken between choosing and binding it, another process may have been
 * faster, a server that was found alive may have been on its way out.
 */
export async function bringUp(request: BringUpRequest): Promise<Client> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX && request.isWanted(); attempt++) {
    const living = await findPostmaster(request.server.dataDirectory);
    const client = living === undefined ? await launch(request) : await adopt(request, living);
    if (client !== undefined) return client;
  }
  const said = await logTail(request.server, 5);
  throw new OperatingError('unavailable', 'embedded_postgres_failed', `PostgreSQL does not start: ${said}`, {
    where: request.server.logFile,
    remedy: 'systemprompt doctor; or set DATABASE_URL to a PostgreSQL of your own',
  });
}

async function launch(request: BringUpRequest): Promise<Client | undefined> {
  const { server, cluster, clock } = request;
  const port = await chooseFreePort(cluster.port);
  if (request.keepPort && port !== cluster.port) throw portTaken(cluster.port);
  const settings = serverSettings(port, (await dataVersion(server)) ?? 0, request.settings);
  const child = await spawnPostmaster(server, settings);
  return connectWhenReady({ cluster, port, clock, waitMs: READY_MS_MAX, isAlive: () => runs(child) });
}

async function adopt(request: BringUpRequest, living: Postmaster): Promise<Client | undefined> {
  const { server, cluster, clock, logger } = request;
  const isAlive = () => processExists(living.pid);
  const client = await connectWhenReady({ cluster, port: living.port, clock, waitMs: ADOPT_MS_MAX, isAlive });
  if (client !== undefined) logger.info({ pid: living.pid }, 'found the embedded database running; using it');
  // Alive and mute for a minute: it is hung, and nothing but its end lets another start.
  else if (isAlive()) await shutDown(server, 'immediate', STOP_SECONDS_MAX);
  return client;
}

function runs(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

function portTaken(port: number | undefined): OperatingError {
  return new OperatingError('unavailable', 'embedded_postgres_port', `port ${port} is now used by another program`, {
    remedy: 'restart systemprompt; it chooses another port',
  });
}
