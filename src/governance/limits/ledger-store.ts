/** Reads the part of the ledger that one change concerns, under the ledger's lock, and writes back what changed. */
import type { Database } from '#foundation/postgres/database';
import { createLedger, KEY_LEASED_MS, KEYS_PAGE, type LeasedKey, type Ledger, type Member } from './ledger.ts';

export type LoadedLedger = {
  readonly ledger: Ledger;
  /** The database's clock, so that processes on several machines agree. */
  readonly nowMs: number;
  /** How it stood when it was read. */
  readonly before: {
    readonly seq: number;
    readonly members: Snapshot;
    readonly keys: Snapshot;
    readonly shares: Snapshot;
  };
};

/** Row id to row text: equal text, equal row. */
type Snapshot = ReadonlyMap<string, string>;

type MemberRow = {
  readonly process_id: string;
  readonly incarnation: number;
  readonly units: number;
  readonly acked_seq: number;
  readonly window_ms: number;
  readonly heartbeat_at_ms: number;
  readonly closed_at_ms: number | null;
};

type KeyRow = {
  readonly key: string;
  readonly seq: number;
  readonly is_retired: boolean;
  readonly limit_calls: number;
  readonly requested_at_ms: number;
  readonly pressed_by: string | null;
  readonly pressed_until_ms: number | null;
};

type ShareRow = { readonly key: string; readonly process_id: string; readonly share: number };

/** Keys that came near their end of being leased and are looked at in one change. */
const RETIRED_PER_CHANGE_MAX = 200;

/**
 * Which keys: those named, or all of them; those changed after `ackedSeq`; those on which somebody waits for a share;
 * some that may be free again.
 */
export async function loadLedger(
  transaction: Database,
  concern: { readonly processId: string; readonly keys: readonly string[] | 'all'; readonly ackedSeq: number },
): Promise<LoadedLedger> {
  const [head] = await transaction.query<{ seq: number; now_ms: number }>(
    `WITH locked AS MATERIALIZED (SELECT seq FROM limit_ledger FOR UPDATE)
     SELECT seq, (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms FROM locked`,
  );
  const nowMs = head?.now_ms ?? 0;
  const memberRows = await transaction.query<MemberRow>('SELECT * FROM limit_members');
  const keyRows = await transaction.query<KeyRow>(
    `SELECT * FROM limit_keys WHERE $1::boolean OR key = ANY ($2::text[])
     UNION (SELECT * FROM limit_keys WHERE seq > $3 ORDER BY seq LIMIT $4)
     UNION (SELECT * FROM limit_keys WHERE pressed_until_ms > $5)
     UNION (SELECT * FROM limit_keys WHERE requested_at_ms <= $5 - $6::bigint ORDER BY seq LIMIT $7)`,
    [
      concern.keys === 'all',
      concern.keys === 'all' ? [] : concern.keys,
      concern.ackedSeq,
      KEYS_PAGE,
      nowMs,
      KEY_LEASED_MS,
      RETIRED_PER_CHANGE_MAX,
    ],
  );
  const shareRows =
    keyRows.length === 0
      ? []
      : await transaction.query<ShareRow>('SELECT * FROM limit_shares WHERE key = ANY ($1::text[])', [
          keyRows.map(({ key }) => key),
        ]);
  const ledger = createLedger();
  ledger.seq = head?.seq ?? 0;
  for (const row of memberRows) ledger.members.set(row.process_id, memberOf(row));
  for (const row of keyRows) ledger.keys.set(row.key, leasedKeyOf(row));
  for (const { key, process_id, share } of shareRows) ledger.keys.get(key)?.shares.set(process_id, share);
  return { ledger, nowMs, before: { seq: ledger.seq, ...snapshots(ledger) } };
}

export async function saveLedger(transaction: Database, loaded: LoadedLedger): Promise<void> {
  const { ledger, before } = loaded;
  const after = snapshots(ledger);
  if (ledger.seq !== before.seq) await transaction.query('UPDATE limit_ledger SET seq = $1', [ledger.seq]);
  // Shares go before the rows that they refer to, and come after them.
  await remove(transaction, 'DELETE FROM limit_shares WHERE (key || chr(10) || process_id) = ANY ($1::text[])', [
    ...gone(before.shares, after.shares),
  ]);
  await remove(transaction, 'DELETE FROM limit_members WHERE process_id = ANY ($1::text[])', [
    ...gone(before.members, after.members),
  ]);
  await remove(transaction, 'DELETE FROM limit_keys WHERE key = ANY ($1::text[])', [...gone(before.keys, after.keys)]);
  await upsert(transaction, UPSERT_MEMBERS, changed(before.members, after.members));
  await upsert(transaction, UPSERT_KEYS, changed(before.keys, after.keys));
  await upsert(transaction, UPSERT_SHARES, changed(before.shares, after.shares));
}

/** A member that is alone needs no leased keys, not even those that were not read. */
export async function clearKeys(transaction: Database): Promise<void> {
  await transaction.query('DELETE FROM limit_keys');
}

const UPSERT_MEMBERS = `
  INSERT INTO limit_members
  SELECT * FROM jsonb_populate_recordset(null::limit_members, $1::jsonb)
  ON CONFLICT (process_id) DO UPDATE SET
    incarnation = excluded.incarnation, units = excluded.units, acked_seq = excluded.acked_seq,
    window_ms = excluded.window_ms, heartbeat_at_ms = excluded.heartbeat_at_ms, closed_at_ms = excluded.closed_at_ms`;

const UPSERT_KEYS = `
  INSERT INTO limit_keys
  SELECT * FROM jsonb_populate_recordset(null::limit_keys, $1::jsonb)
  ON CONFLICT (key) DO UPDATE SET
    seq = excluded.seq, is_retired = excluded.is_retired, limit_calls = excluded.limit_calls,
    requested_at_ms = excluded.requested_at_ms, pressed_by = excluded.pressed_by,
    pressed_until_ms = excluded.pressed_until_ms`;

const UPSERT_SHARES = `
  INSERT INTO limit_shares
  SELECT * FROM jsonb_populate_recordset(null::limit_shares, $1::jsonb)
  ON CONFLICT (key, process_id) DO UPDATE SET share = excluded.share`;

async function remove(transaction: Database, sql: string, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await transaction.query(sql, [ids]);
}

async function upsert(transaction: Database, sql: string, rows: readonly string[]): Promise<void> {
  if (rows.length > 0) await transaction.query(sql, [`[${rows.join(',')}]`]);
}

function snapshots(ledger: Ledger): { members: Snapshot; keys: Snapshot; shares: Snapshot } {
  const shares = new Map<string, string>();
  for (const [key, leased] of ledger.keys) {
    for (const [process_id, share] of leased.shares) {
      shares.set(`${key}\n${process_id}`, JSON.stringify({ key, process_id, share }));
    }
  }
  return {
    members: new Map([...ledger.members].map(([id, member]) => [id, JSON.stringify(memberRow(id, member))])),
    keys: new Map([...ledger.keys].map(([key, leased]) => [key, JSON.stringify(keyRow(key, leased))])),
    shares,
  };
}

function gone(before: Snapshot, after: Snapshot): readonly string[] {
  return [...before.keys()].filter((id) => !after.has(id));
}

function changed(before: Snapshot, after: Snapshot): readonly string[] {
  return [...after].filter(([id, row]) => before.get(id) !== row).map(([, row]) => row);
}

function memberOf(row: MemberRow): Member {
  return {
    incarnation: row.incarnation,
    units: row.units,
    ackedSeq: row.acked_seq,
    windowMs: row.window_ms,
    heartbeatAtMs: row.heartbeat_at_ms,
    closedAtMs: row.closed_at_ms,
  };
}

function memberRow(processId: string, member: Member): MemberRow {
  return {
    process_id: processId,
    incarnation: member.incarnation,
    units: member.units,
    acked_seq: member.ackedSeq,
    window_ms: member.windowMs,
    heartbeat_at_ms: member.heartbeatAtMs,
    closed_at_ms: member.closedAtMs,
  };
}

function leasedKeyOf(row: KeyRow): LeasedKey {
  const { pressed_by: by, pressed_until_ms: untilMs } = row;
  return {
    seq: row.seq,
    isRetired: row.is_retired,
    limit: row.limit_calls,
    requestedAtMs: row.requested_at_ms,
    pressed: by === null || untilMs === null ? null : { by, untilMs },
    shares: new Map(),
  };
}

function keyRow(key: string, leased: LeasedKey): KeyRow {
  return {
    key,
    seq: leased.seq,
    is_retired: leased.isRetired,
    limit_calls: leased.limit,
    requested_at_ms: leased.requestedAtMs,
    pressed_by: leased.pressed?.by ?? null,
    pressed_until_ms: leased.pressed?.untilMs ?? null,
  };
}
