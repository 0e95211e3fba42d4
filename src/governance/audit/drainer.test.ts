import { readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#foundation/time';
import { type AuditBench, absentDatabase, createAuditBench } from '#tests/support/audit-bench';
import { decisionRecord, modelOutcome } from '#tests/support/audit-records';
import { createManualClock } from '#tests/support/manual-clock';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres';
import { proves } from '#tests/support/proves';
import { createSwitchableDatabase } from '#tests/support/switchable-database';
import type { AuditService } from './audit.ts';
import { databaseCaughtUp, readJournalHeads } from './journal-head.ts';

proves('audit.database-away');

let bench: AuditBench;
let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());
beforeEach(async () => {
  bench = await createAuditBench();
});
afterEach(() => bench.remove());

async function append(audit: AuditService, records: number): Promise<void> {
  await Promise.all(Array.from({ length: records }, () => audit.append(decisionRecord())));
}

async function drainedSeqs(audit: AuditService): Promise<readonly number[]> {
  const rows = await test.database.query<{ seq: number }>(
    'SELECT d.seq FROM governance_decisions d JOIN audit_records r ON d.id LIKE r.log_id || $2 AND d.seq = r.seq WHERE r.log_id = $1 ORDER BY d.seq',
    [audit.logId(), '-%'],
  );
  return rows.map((row) => row.seq);
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe('the drainer', () => {
  it('waits out a database that is away for minutes, loses nothing and keeps the order', async () => {
    const clock = createManualClock();
    const database = createSwitchableDatabase(test.database);
    database.isUp = false;
    const audit = await bench.start({ database, clock, config: { group_interval_ms: 0 } });
    await append(audit, 40);
    await expect.poll(() => audit.metrics().isDatabaseAway).toBe(true);
    for (let minute = 0; minute < 3; minute++) {
      await append(audit, 20);
      const failures = audit.metrics().failures;
      clock.advance(60_000);
      await expect.poll(() => audit.metrics().failures).toBeGreaterThan(failures);
    }
    expect(audit.health()).toMatchObject({ writable: true, undrainedRecords: 100 });
    const behind = audit.caughtUp(50);
    clock.advance(50);
    await expect(behind).rejects.toMatchObject({ kind: 'timeout', code: 'audit_behind' });
    database.isUp = true;
    const caughtUp = audit.caughtUp(600_000);
    clock.advance(60_000);
    await caughtUp;
    expect(await drainedSeqs(audit)).toEqual(upTo(100));
    expect(audit.metrics()).toMatchObject({ isDatabaseAway: false, undrainedRecords: 0 });
  });

  it('has not caught up before the database holds the checkpoints too, so that a proof at once finds them', async () => {
    const audit = await bench.start({ database: test.database, config: { drain_interval_ms: 1 } });
    for (let round = 1; round <= 20; round++) {
      await append(audit, 1);
      await audit.caughtUp(10_000);
      const checkpoint = await audit.checkpoint();
      await audit.caughtUp(10_000);
      const sql = 'SELECT tree_size FROM audit_checkpoints WHERE log_id = $1 ORDER BY tree_size DESC LIMIT 1';
      expect(await test.database.query(sql, [audit.logId()])).toEqual([{ tree_size: checkpoint?.tree_size }]);
    }
  });

  it('copies a batch whose answer was lost a second time without a second row', async () => {
    const clock = createManualClock();
    const database = createSwitchableDatabase(test.database);
    database.losesNextAnswer = true;
    const audit = await bench.start({ database, clock, config: { group_interval_ms: 0 } });
    await append(audit, 10);
    await expect.poll(() => audit.metrics().failures).toBe(1);
    expect(await drainedSeqs(audit)).toEqual(upTo(10));
    const caughtUp = audit.caughtUp(60_000);
    clock.advance(10_000);
    await caughtUp;
    await append(audit, 5);
    await audit.caughtUp(60_000);
    expect(await drainedSeqs(audit)).toEqual(upTo(15));
  });

  it('goes on after a restart where the database stands', async () => {
    const first = await bench.start({ database: test.database });
    await append(first, 10);
    await first.stop();
    const away = await bench.start({ database: absentDatabase() });
    await append(away, 10);
    await away.stop();
    const second = await bench.start({ database: test.database });
    await append(second, 1);
    await second.caughtUp(10_000);
    expect(await drainedSeqs(second)).toEqual(upTo(21));
  });

  it('keeps a record whose row a table refuses, and copies what comes after it', async () => {
    const audit = await bench.start({ database: test.database });
    await append(audit, 3);
    const decision = await audit.append(decisionRecord({ call_kind: 'model_request' }));
    const outcome = modelOutcome(decision.id);
    if (outcome.effect?.type !== 'model_request') throw new Error('the fixture is a model request');
    await audit.append({ ...outcome, effect: { ...outcome.effect, http_status: 3_000_000_000 } });
    await append(audit, 3);
    await audit.caughtUp(10_000);
    expect(await drainedSeqs(audit)).toEqual([1, 2, 3, 4, 6, 7, 8]);
    expect(audit.metrics().bareRecords).toBe(1);
    const rows = await test.database.query('SELECT seq FROM audit_records WHERE log_id = $1 AND seq = 5', [
      audit.logId(),
    ]);
    expect(rows).toHaveLength(1);
  });

  it('frees segments that are drained, signed and closed, and keeps those that are not', async () => {
    const config = { segment_bytes_max: 4_096, keep_segments: 0 };
    const audit = await bench.start({ database: test.database, config });
    const segments = async () =>
      (await readdir(bench.logDirectory(audit))).filter((name) => name.endsWith('.segment')).length;
    for (let index = 0; index < 12; index++) await audit.append(decisionRecord());
    await audit.caughtUp(10_000);
    expect(await segments()).toBeGreaterThan(2);
    await audit.checkpoint();
    await expect.poll(segments).toBe(1);
    const open = await audit.append(decisionRecord({ call_kind: 'tool_call' }));
    for (let index = 0; index < 12; index++) await audit.append(decisionRecord());
    await audit.checkpoint();
    await audit.caughtUp(10_000);
    expect(await segments()).toBeGreaterThan(2);
    await audit.append(modelOutcome(open.id));
    await audit.checkpoint();
    await expect.poll(segments).toBe(1);
    expect(audit.health().journalBytes).toBeLessThan(8_192);
  });

  it('stops a log whose past in the database is another one', async () => {
    const audit = await bench.start({ database: absentDatabase() });
    await append(audit, 2);
    await audit.stop();
    const forged = decisionRecord({ tool_name: 'forged' });
    await test.database.query(
      `INSERT INTO audit_records (log_id, seq, kind, record, leaf_hash)
       SELECT $1, seq, 'decision', $2, '\\x00' FROM generate_series(1, 2) seq`,
      [audit.logId(), JSON.stringify(forged)],
    );
    const next = await bench.start({ database: test.database });
    await expect.poll(() => next.health().writable).toBe(false);
    expect(next.health().problem).toContain(`record ${audit.logId()}-000000000002 is another one in the database`);
    await expect(next.append(decisionRecord())).rejects.toMatchObject({ code: 'journal_failed' });
  });

  it('stops a log that an older copy was restored of', async () => {
    const audit = await bench.start({ database: absentDatabase() });
    await append(audit, 1);
    await audit.stop();
    await test.database.query(
      `INSERT INTO audit_records (log_id, seq, kind, record, leaf_hash) VALUES ($1, 7, 'event', '{}', '\\x00')`,
      [audit.logId()],
    );
    const next = await bench.start({ database: test.database });
    await expect.poll(() => next.health().problem).toContain('was an older copy restored?');
  });
});

it('another process waits for what the journal of the home holds', async () => {
  const database = createSwitchableDatabase(test.database);
  database.isUp = false;
  const audit = await bench.start({ database, config: { drain_retry_ms_max: 10 } });
  await append(audit, 7);
  expect(await readJournalHeads(bench.journalDirectory)).toEqual([{ logId: audit.logId(), seq: 7 }]);
  const deps = { journalDirectory: bench.journalDirectory, database: test.database, clock: systemClock };
  await expect(databaseCaughtUp(deps, 0)).rejects.toMatchObject({ code: 'audit_behind' });
  database.isUp = true;
  await databaseCaughtUp(deps, 10_000);
  expect(await drainedSeqs(audit)).toEqual(upTo(7));
});
