/** The SQL of `infra db`: what an operator may see of the database. Nothing here changes it. */
import { sha256Text } from '#foundation/crypto';
import { messageOf, OperatingError } from '#foundation/errors';
import type { JsonObject, JsonValue } from '#foundation/json';
import type { Database } from '#foundation/postgres/database';

export type DatabaseInfo = {
  readonly version: string;
  readonly database: string;
  readonly user: string;
  readonly size_bytes: number;
  readonly connections: number;
  readonly connections_max: number;
  readonly started_at: Date;
  readonly is_replica: boolean;
};

export type TableInfo = {
  readonly table: string;
  readonly kind: string;
  readonly rows_estimate: number;
  readonly size_bytes: number;
};
export type ColumnInfo = {
  readonly column: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly default: string | null;
};
export type IndexInfo = {
  readonly table: string;
  readonly index: string;
  readonly unique: boolean;
  readonly size_bytes: number;
  readonly definition: string;
};

export type QueryBounds = { readonly rowsMax: number; readonly timeoutMs: number };
export type QueryResult = { readonly items: readonly JsonObject[]; readonly isCut: boolean };

export type DatabaseInspection = {
  info(): Promise<DatabaseInfo>;
  tables(): Promise<readonly TableInfo[]>;
  columns(table: string): Promise<readonly ColumnInfo[]>;
  indexes(table: string | undefined): Promise<readonly IndexInfo[]>;
  count(table: string): Promise<number>;
  /** Runs one reading statement in a read-only transaction. */
  query(sql: string, bounds: QueryBounds): Promise<QueryResult>;
};

export function createDatabaseInspection(database: Database): DatabaseInspection {
  async function requireTable(table: string): Promise<string> {
    const [row] = await database.query<{ name: string }>(
      `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname = ANY (current_schemas(false))
        LIMIT 1`,
      [table],
    );
    if (row !== undefined) return row.name;
    throw new OperatingError('not_found', 'table_not_found', `there is no table ${JSON.stringify(table)}`, {
      remedy: 'systemprompt infra db tables',
    });
  }

  return {
    async info() {
      const [row] = await database.query<DatabaseInfo>(INFO);
      if (row === undefined) throw new OperatingError('unavailable', 'database_silent', 'the database did not answer');
      return row;
    },
    tables: () => database.query<TableInfo>(TABLES),
    async columns(table) {
      await requireTable(table);
      return database.query<ColumnInfo>(COLUMNS, [table]);
    },
    async indexes(table) {
      if (table !== undefined) await requireTable(table);
      return database.query<IndexInfo>(INDEXES, [table ?? null]);
    },
    async count(table) {
      const [row] = await database.query<{ count: number }>(
        `SELECT count(*) AS count FROM ${await requireTable(table)}`,
      );
      return row?.count ?? 0;
    },
    query: (sql, bounds) => queryReadOnly(database, sql, bounds),
  };
}

const INFO = `
  SELECT current_setting('server_version') AS version,
         current_database() AS database,
         current_user AS user,
         pg_database_size(current_database()) AS size_bytes,
         (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections,
         current_setting('max_connections')::integer AS connections_max,
         pg_postmaster_start_time() AS started_at,
         pg_is_in_recovery() AS is_replica`;

// Partitions are left out: their parent stands for them, with their sizes summed.
const TABLES = `
  SELECT c.relname AS table,
         CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'p' THEN 'partitioned' ELSE 'table' END AS kind,
         greatest(0, coalesce((SELECT sum(p.reltuples) FROM pg_partition_tree(c.oid) t JOIN pg_class p ON p.oid = t.relid
                                WHERE t.isleaf), c.reltuples))::bigint AS rows_estimate,
         coalesce((SELECT sum(pg_total_relation_size(t.relid)) FROM pg_partition_tree(c.oid) t),
                  pg_total_relation_size(c.oid))::bigint AS size_bytes
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = ANY (current_schemas(false)) AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
   ORDER BY 1`;

const COLUMNS = `
  SELECT a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable,
         pg_get_expr(d.adbin, d.adrelid) AS default
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
   WHERE c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname = ANY (current_schemas(false))
   ORDER BY a.attnum`;

const INDEXES = `
  SELECT t.relname AS table, i.relname AS index, x.indisunique AS unique, pg_relation_size(i.oid) AS size_bytes,
         pg_get_indexdef(i.oid) AS definition
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
   WHERE n.nspname = ANY (current_schemas(false)) AND NOT i.relispartition AND ($1::text IS NULL OR t.relname = $1)
   ORDER BY 1, 2`;

/**
 * Four walls, each enough for what it stands against. The transaction is read-only from its first statement, so that
 * nothing can write, not even a function; it cannot be made writable again once a query has run in it. The statement
 * goes by the extended protocol, which takes exactly one, so that nothing can end the transaction. A cursor bounds the
 * rows that come over. A timeout bounds the time.
 */
async function queryReadOnly(database: Database, sql: string, bounds: QueryBounds): Promise<QueryResult> {
  const verb = firstWord(sql);
  if (!READING_VERBS.has(verb)) {
    throw new OperatingError(
      'not_supported',
      'query_read_only',
      `infra db query only reads; it does not run ${verb || 'nothing'}`,
      {
        remedy: `begin with one of: ${[...READING_VERBS].join(', ')}`,
      },
    );
  }
  try {
    return await database.transaction(async (transaction) => {
      await transaction.query('SET TRANSACTION READ ONLY');
      await transaction.query(`SET LOCAL statement_timeout = ${Math.ceil(bounds.timeoutMs)}`);
      // The first snapshot: from here on PostgreSQL refuses to make the transaction writable.
      await transaction.query('SELECT 1');
      const rows = await readRows(transaction, verb, sql, bounds.rowsMax + 1);
      return { items: rows.slice(0, bounds.rowsMax).map(rowToJson), isCut: rows.length > bounds.rowsMax };
    });
  } catch (error) {
    if (error instanceof OperatingError) throw error;
    throw new OperatingError('invalid_input', 'query_failed', `the database refused: ${messageOf(error)}`, {
      remedy: 'write one statement; systemprompt infra db describe TABLE shows the columns of a table',
      cause: error,
    });
  }
}

type Row = Readonly<Record<string, unknown>>;

async function readRows(transaction: Database, verb: string, sql: string, rowsMax: number): Promise<readonly Row[]> {
  // These two are no queries, so no cursor takes them; they answer in few rows.
  if (verb === 'explain' || verb === 'show') return runOne(transaction, sql);
  await runOne(transaction, `DECLARE operator_cursor NO SCROLL CURSOR FOR ${sql}`);
  return transaction.query<Row>(`FETCH FORWARD ${rowsMax} FROM operator_cursor`);
}

/** A named statement goes by the extended protocol; a name stands for one text. */
function runOne(transaction: Database, sql: string): Promise<readonly Row[]> {
  const name = `operator_${sha256Text(sql).slice(0, 24)}`;
  return transaction.query<Row>(sql, [], { name });
}

const READING_VERBS: ReadonlySet<string> = new Set(['select', 'with', 'values', 'table', 'show', 'explain']);

/** The first keyword, past white space, opening parentheses and comments, which nest in PostgreSQL. */
function firstWord(sql: string): string {
  let index = 0;
  for (;;) {
    const rest = sql.slice(index);
    const skipped = /^[\s(]+/.exec(rest) ?? /^--[^\n]*/.exec(rest);
    if (skipped !== null) index += skipped[0].length;
    else if (rest.startsWith('/*')) index += commentLength(rest);
    else return /^[a-z]+/i.exec(rest)?.[0].toLowerCase() ?? '';
  }
}

function commentLength(text: string): number {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const pair = text.slice(index, index + 2);
    if (pair === '/*') depth++;
    if (pair === '*/') depth--;
    if (pair === '/*' || pair === '*/') index++;
    if (depth === 0) return index + 1;
  }
  return text.length;
}

function rowToJson(row: Row): JsonObject {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, valueToJson(value)]));
}

/** A column's value as the driver gives it: dates, bytes and intervals become text. */
export function valueToJson(value: unknown): JsonValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`;
  if (Array.isArray(value)) return value.map(valueToJson);
  // An interval; ISO 8601 is how PostgreSQL takes it back.
  if (typeof value === 'object' && 'toISOString' in value && typeof value.toISOString === 'function') {
    return String(value.toISOString());
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, valueToJson(member)]));
}
