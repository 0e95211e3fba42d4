import type { Database } from '#foundation/postgres/database';

export type DatabaseFacts = { readonly version: string; readonly major: number; readonly nowMs: number };

export async function readDatabaseFacts(database: Database): Promise<DatabaseFacts> {
  const [row] = await database.query<{ version: string; version_number: number; now_ms: number }>(
    `SELECT current_setting('server_version') AS version,
            current_setting('server_version_num')::integer AS version_number,
            (extract(epoch FROM clock_timestamp()) * 1000)::double precision AS now_ms`,
  );
  return {
    version: row?.version ?? 'unknown',
    major: Math.floor((row?.version_number ?? 0) / 10_000),
    nowMs: row?.now_ms ?? 0,
  };
}
