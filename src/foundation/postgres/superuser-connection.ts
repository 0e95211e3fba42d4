import { realpath } from 'node:fs/promises';
import { Client } from 'pg';
import { OperatingError } from '../errors.ts';
import { type Clock, elapse } from '../time.ts';
import type { Cluster } from './cluster.ts';
import { sqlStateOf } from './database-error.ts';

const CONNECT_TIMEOUT_MS = 2_000;
const POLL_MS_MIN = 10;
const POLL_MS_MAX = 250;

export type Readiness = {
  readonly cluster: Cluster;
  readonly port: number;
  readonly clock: Clock;
  /** Replay after a crash can take long, so this is minutes rather than seconds. */
  readonly waitMs: number;
  /** False once the server's process has ended: then there is nothing to wait for. */
  readonly isAlive: () => boolean;
};

/** Connects as soon as the server takes statements; undefined when it ended or took longer than `waitMs`. */
export async function connectWhenReady(readiness: Readiness): Promise<Client | undefined> {
  const { clock } = readiness;
  const deadlineMs = clock.monotonicMs() + readiness.waitMs;
  for (let pauseMs = POLL_MS_MIN; readiness.isAlive(); pauseMs = Math.min(pauseMs * 2, POLL_MS_MAX)) {
    const client = await tryConnect(readiness.cluster, readiness.port);
    if (client !== undefined) return client;
    if (clock.monotonicMs() > deadlineMs) return undefined;
    await elapse(clock, pauseMs);
  }
  return undefined;
}

async function tryConnect(cluster: Cluster, port: number): Promise<Client | undefined> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password: cluster.superuserPassword,
    database: 'postgres',
    application_name: 'systemprompt launcher',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // Whoever uses the connection listens for its end; an error always comes with one.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await proveIdentity(client, cluster.dataDirectory);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    if (error instanceof OperatingError) throw error;
    if (sqlStateOf(error)?.startsWith('28') === true) throw strangerError(cluster.dataDirectory, error);
    return undefined;
  }
}

/** The password alone is nearly proof; the data directory makes it whole. */
async function proveIdentity(client: Client, dataDirectory: string): Promise<void> {
  const result = await client.query<{ data_directory: string }>('SHOW data_directory');
  const shown = result.rows[0]?.data_directory ?? '';
  const [theirs, ours] = await Promise.all([realpath(shown).catch(() => shown), realpath(dataDirectory)]);
  if (theirs !== ours) throw strangerError(dataDirectory, undefined);
}

function strangerError(dataDirectory: string, cause: unknown): OperatingError {
  return new OperatingError('conflict', 'embedded_postgres_stranger', 'the running PostgreSQL does not know us', {
    where: dataDirectory,
    remedy: 'cluster.json does not belong to this data directory: restore both from one backup',
    cause,
  });
}

// Any constant does: "sphome" in ASCII. Held by the one process that owns this embedded server.
const OWNER_LOCK_KEY = '126926625664357';

/** Becomes the owner of this server until the connection ends; false when another living process is. */
export async function claimOwnership(client: Client): Promise<boolean> {
  const result = await client.query<{ claimed: boolean }>('SELECT pg_try_advisory_lock($1) AS claimed', [
    OWNER_LOCK_KEY,
  ]);
  return result.rows[0]?.claimed === true;
}

/** The role and the database that the product uses; the role owns that database and nothing else. */
export async function ensureApplicationDatabase(client: Client, cluster: Cluster): Promise<void> {
  const role = await client.query("SELECT 1 FROM pg_roles WHERE rolname = 'systemprompt'");
  if (role.rowCount === 0) {
    // The password is hexadecimal of our own making; a role statement takes no parameters.
    await client.query(`CREATE ROLE systemprompt LOGIN PASSWORD '${cluster.applicationPassword}'`);
  }
  const database = await client.query("SELECT 1 FROM pg_database WHERE datname = 'systemprompt'");
  if (database.rowCount === 0) await client.query('CREATE DATABASE systemprompt OWNER systemprompt');
}
