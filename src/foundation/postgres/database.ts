/**
 * The one door to PostgreSQL: a bounded pool, transactions, and notifications that survive a reconnect.
 *
 * Nothing here is global: type parsers belong to the pool, and every limit is a named option. Connection failures come
 * out as `unavailable`/`database_unavailable`; what a statement did wrong keeps its SQLSTATE (see database-error).
 */
import { Pool, type PoolClient, type PoolConfig } from 'pg';
import { assert, OperatingError } from '../errors.ts';
import type { Logger } from '../logging.ts';
import type { Clock } from '../time.ts';
import { columnTypes } from './column-types.ts';
import { mapDatabaseError } from './database-error.ts';
import { createNotifications, type ListenState } from './notifications.ts';

export type QueryOptions = {
  /** Prepares the statement once per connection under this name. One name stands for one text, always. */
  readonly name?: string;
};

export type Database = {
  /** Values go in `params` as `$1`, `$2`, ...; without params the text may hold several statements. */
  query<Row>(sql: string, params?: readonly unknown[], options?: QueryOptions): Promise<readonly Row[]>;
  /** Commits when `run` resolves, rolls back when it rejects. Inside a transaction it is a savepoint. */
  transaction<T>(run: (transaction: Database) => Promise<T>): Promise<T>;
  /**
   * Calls `onPayload` for each NOTIFY. `onState('connected')` after an interruption means that notifications may have
   * been missed: read again what they announce. Resolves to the function that stops listening.
   */
  listen(
    channel: string,
    onPayload: (payload: string) => void,
    onState?: (state: ListenState) => void,
  ): Promise<() => Promise<void>>;
  close(): Promise<void>;
};

export type PooledDatabase = Database & {
  /** Runs on one pinned connection, for what belongs to a session: advisory locks, settings. */
  session<T>(run: (session: Database) => Promise<T>): Promise<T>;
};

export type DatabaseOptions = {
  readonly connectionString: string;
  readonly poolMax: number;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly applicationName?: string;
  /** How long a caller waits for a connection, new or from the pool. */
  readonly connectTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
  /** Callers that may wait for a connection at once; one more is refused at once. */
  readonly waitingMax?: number;
};

/** Opens nothing yet: the first query makes the first connection. */
export function createDatabase(options: DatabaseOptions): PooledDatabase {
  const { logger } = options;
  const where = describeConnection(options.connectionString);
  const waitingMax = options.waitingMax ?? 1_000;
  const pool = new Pool(poolConfig(options));
  // An idle connection that breaks is dropped by the pool; without a listener it would end the process.
  pool.on('error', (error) => logger.warn({ where, problem: error.message }, 'an idle database connection broke'));
  const notifications = createNotifications({
    connectionString: options.connectionString,
    applicationName: `${options.applicationName ?? 'systemprompt'} listener`,
    connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
    clock: options.clock,
    logger,
    where,
  });
  let closing: Promise<void> | undefined;

  async function withClient<T>(run: (client: PoolClient) => Promise<T>): Promise<T> {
    if (closing !== undefined) throw unavailable('database_closed', 'the database connection was closed', where);
    if (pool.waitingCount >= waitingMax) {
      throw unavailable('database_busy', `${waitingMax} callers already wait for a database connection`, where);
    }
    const client = await pool.connect().catch((error: unknown) => {
      throw mapDatabaseError(error, where);
    });
    let broken = false;
    const onError = () => {
      broken = true;
    };
    client.on('error', onError);
    try {
      return await run(client);
    } catch (error) {
      const mapped = mapDatabaseError(error, where);
      broken ||= mapped !== error && mapped instanceof OperatingError && mapped.kind === 'unavailable';
      throw mapped;
    } finally {
      client.removeListener('error', onError);
      client.release(broken);
    }
  }

  function transaction<T>(run: (transaction: Database) => Promise<T>): Promise<T> {
    return withClient((client) => runTransaction(client, run));
  }

  return {
    query: (sql, params, queryOptions) => withClient((client) => send(client, sql, params, queryOptions)),
    transaction,
    session: (run) => withClient((client) => run(onClient(client, (inner) => runTransaction(client, inner)))),
    listen: (channel, onPayload, onState) => notifications.listen(channel, onPayload, onState),
    close() {
      closing ??= Promise.all([notifications.close(), pool.end()]).then(() => undefined);
      return closing;
    },
  };
}

/** `postgresql://host:port/database` without user or password, for messages. */
export function describeConnection(connectionString: string): string {
  if (!URL.canParse(connectionString)) return 'DATABASE_URL';
  const url = new URL(connectionString);
  return `postgresql://${url.host}${url.pathname}`;
}

function poolConfig(options: DatabaseOptions): PoolConfig {
  return {
    connectionString: options.connectionString,
    max: options.poolMax,
    application_name: options.applicationName ?? 'systemprompt',
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    idleTimeoutMillis: options.idleTimeoutMs ?? 60_000,
    keepAlive: true,
    types: columnTypes,
  };
}

async function send<Row>(
  client: PoolClient,
  sql: string,
  params: readonly unknown[] | undefined,
  options: QueryOptions | undefined,
): Promise<readonly Row[]> {
  const query = {
    text: sql,
    ...(params === undefined ? {} : { values: [...params] }),
    ...(options?.name === undefined ? {} : { name: options.name }),
  };
  const result = await client.query(query);
  return result.rows ?? [];
}

async function runTransaction<T>(client: PoolClient, run: (transaction: Database) => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const value = await run(onClient(client, (inner) => runSavepoint(client, inner, 1)));
    await client.query('COMMIT');
    return value;
  } catch (error) {
    // A rollback that fails means a dead connection, and a dead connection has rolled back already.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function runSavepoint<T>(
  client: PoolClient,
  run: (transaction: Database) => Promise<T>,
  depth: number,
): Promise<T> {
  await client.query(`SAVEPOINT nested_${depth}`);
  try {
    const value = await run(onClient(client, (inner) => runSavepoint(client, inner, depth + 1)));
    await client.query(`RELEASE SAVEPOINT nested_${depth}`);
    return value;
  } catch (error) {
    await client.query(`ROLLBACK TO SAVEPOINT nested_${depth}`).catch(() => undefined);
    throw error;
  }
}

/** The same door over one connection. */
function onClient(
  client: PoolClient,
  transaction: <T>(run: (transaction: Database) => Promise<T>) => Promise<T>,
): Database {
  return {
    query: (sql, params, options) => send(client, sql, params, options),
    transaction,
    listen() {
      assert(false, 'listen belongs to the database, not to one of its transactions');
    },
    close() {
      assert(false, 'only whoever made the database closes it');
    },
  };
}

function unavailable(code: string, message: string, where: string): OperatingError {
  return new OperatingError('unavailable', code, message, { where, remedy: 'systemprompt doctor' });
}
