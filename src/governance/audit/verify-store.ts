import type { Database } from '#foundation/postgres/database';

/** A row of one of the tables that are read from records, with `created_at_ms` in place of `created_at`. */
export type DerivedRow = { readonly id: string } & Readonly<Record<string, unknown>>;

export const VERIFIED_TABLES = [
  'governance_decisions',
  'audit_outcomes',
  'ai_requests',
  'mcp_tool_executions',
] as const;

export type VerifiedTable = (typeof VERIFIED_TABLES)[number];

/** What the verifier asks of the database besides records and checkpoints. */
export type VerifyStore = {
  /** The rows whose ids lie between the two, inclusive. */
  rowsBetween(table: VerifiedTable, firstId: string, lastId: string): Promise<readonly DerivedRow[]>;
  /** Ids of rows that no record of any log accounts for, at most `limit`. */
  strayIds(table: VerifiedTable, limit: number): Promise<readonly string[]>;
};

export function createVerifyStore(database: Database): VerifyStore {
  return {
    rowsBetween: (table, firstId, lastId) =>
      database.query(
        `SELECT *, round(extract(epoch FROM created_at) * 1000)::bigint AS created_at_ms
         FROM ${table} WHERE id BETWEEN $1 AND $2`,
        [firstId, lastId],
      ),
    async strayIds(table, limit) {
      const rows = await database.query<{ id: string }>(
        `SELECT d.id FROM ${table} d
         WHERE NOT EXISTS (
           SELECT FROM audit_records r
           WHERE r.log_id = regexp_replace(d.id, '-\\d+$', '') AND r.seq = d.seq
             AND d.id = r.log_id || '-' || lpad(r.seq::text, greatest(12, length(r.seq::text)), '0')
         )
         ORDER BY d.id LIMIT $1`,
        [limit],
      );
      return rows.map((row) => row.id);
    },
  };
}
