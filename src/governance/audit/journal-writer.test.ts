import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseTrustedJson } from '#foundation/json';
import { type AuditBench, createAuditBench } from '#tests/support/audit-bench';
import { decisionRecord, modelOutcome } from '#tests/support/audit-records';
import { createFaultyFiles, systemError } from '#tests/support/faulty-files';
import { createManualClock } from '#tests/support/manual-clock';
import { proves } from '#tests/support/proves';
import { readVerifierKeys } from './signing-key.ts';
import { verifyJournal } from './verify-journal.ts';

proves('audit.durable-before-effect');

let bench: AuditBench;

beforeEach(async () => {
  bench = await createAuditBench();
});
afterEach(() => bench.remove());

const isSegment = (path: string): boolean => path.endsWith('.segment');

describe('an append', () => {
  it('is answered only after the sync of its group, and groups share one sync', async () => {
    const steps: string[] = [];
    const files = createFaultyFiles((step, path, moment) => {
      if (isSegment(path) && step === 'sync') steps.push(`sync ${moment}`);
    });
    const audit = await bench.start({ files });
    const first = audit.append(decisionRecord()).then(() => steps.push('first'));
    const second = audit.append(decisionRecord()).then(() => steps.push('second'));
    await Promise.all([first, second]);
    expect(steps).toEqual(['sync before', 'sync after', 'first', 'second']);
    expect(audit.metrics()).toMatchObject({ appendedRecords: 2, groups: 1, largestGroupRecords: 2 });
  });

  it('gives numbers in the order of the calls, also while the wall clock steps back', async () => {
    const clock = createManualClock();
    const audit = await bench.start({ clock });
    const before = await audit.append(decisionRecord({ at_ms: clock.nowMs() }));
    clock.stepWall(-3_600_000);
    const after = await Promise.all([1, 2, 3].map(() => audit.append(decisionRecord({ at_ms: clock.nowMs() }))));
    expect([before, ...after].map((position) => position.seq)).toEqual([1, 2, 3, 4]);
    const next = await bench.start({ clock }).catch((error: unknown) => error);
    expect(next).toMatchObject({ code: 'journal_locked' });
    await audit.stop();
    expect((await (await bench.start({ clock })).append(decisionRecord())).seq).toBe(5);
  });

  it('lets a group grow under load, and never lets a lone record wait', async () => {
    const clock = createManualClock();
    const audit = await bench.start({ clock, config: { group_interval_ms: 2, group_records_max: 4 } });
    const append = (records: number) =>
      Promise.all(Array.from({ length: records }, () => audit.append(decisionRecord())));
    await append(1);
    await append(1);
    await append(2);
    expect(audit.metrics().groups).toBe(3);
    let isDurable = false;
    const waiting = append(1).then(() => {
      isDurable = true;
    });
    // Work that passes through the disk itself gives a sync that was not held back the time to end.
    await audit.checkpoint();
    expect(isDurable).toBe(false);
    clock.advance(2);
    await waiting;
    await append(2);
    await append(4);
    expect(audit.metrics()).toMatchObject({ groups: 6, pendingRecords: 0 });
  });

  it('is refused when too much already waits for the disk', async () => {
    const audit = await bench.start({ config: { pending_records_max: 3 } });
    const answers = await Promise.allSettled([1, 2, 3, 4].map(() => audit.append(decisionRecord())));
    expect(answers.map((answer) => answer.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    expect(answers[3]).toMatchObject({ reason: { kind: 'unavailable', code: 'journal_busy' } });
  });

  it('of an oversized decision is refused, and of an oversized outcome keeps all but the contents', async () => {
    const audit = await bench.start({ config: { record_bytes_max: 4_096 } });
    const reason = 'x'.repeat(5_000);
    await expect(audit.append(decisionRecord({ reason }))).rejects.toMatchObject({ code: 'audit_record_too_large' });
    const decision = await audit.append(decisionRecord({ call_kind: 'model_request' }));
    const outcome = modelOutcome(decision.id);
    const { effect } = outcome;
    if (effect?.type !== 'model_request') throw new Error('the fixture is a model request');
    await audit.append({ ...outcome, effect: { ...effect, messages: [{ role: 'user', content: reason }] } });
    const bytes = await readFile(join(bench.logDirectory(audit), '000000000001.segment'), 'utf8');
    expect(bytes).toContain('"messages":[{"content":{"bytes":5002,"omitted":true,"sha256":"');
    expect(bytes).toContain('"cost_microdollars":546');
    expect(bytes).not.toContain(reason);
  });
});

describe('the disk', () => {
  it('failing to sync ends the journal for good, without a second try', async () => {
    let syncs = 0;
    const files = createFaultyFiles((step, path, moment) => {
      if (!isSegment(path) || step !== 'sync' || moment !== 'before') return;
      syncs += 1;
      if (syncs === 2) throw systemError('EIO');
    });
    const audit = await bench.start({ files });
    await audit.append(decisionRecord());
    const refused = await Promise.allSettled([audit.append(decisionRecord()), audit.append(decisionRecord())]);
    for (const answer of refused) {
      expect(answer).toMatchObject({ status: 'rejected', reason: { kind: 'unavailable', code: 'journal_failed' } });
    }
    await expect(audit.append(decisionRecord())).rejects.toMatchObject({ code: 'journal_failed' });
    await audit.stop();
    expect(syncs).toBe(2);
    expect(audit.health()).toMatchObject({ writable: false, problem: expect.stringContaining('EIO') });
  });

  it.each(['before', 'half'] as const)(
    'running full (%s a write) denies, loses nothing and recovers',
    async (moment) => {
      const clock = createManualClock();
      let isFull = false;
      const files = createFaultyFiles((step, path, at) => {
        if (isFull && isSegment(path) && step === 'append' && at === moment) throw systemError('ENOSPC');
      });
      const audit = await bench.start({ files, clock });
      await audit.append(decisionRecord());
      isFull = true;
      const refused = await Promise.allSettled([audit.append(decisionRecord()), audit.append(decisionRecord())]);
      for (const answer of refused) {
        expect(answer).toMatchObject({ status: 'rejected', reason: { kind: 'unavailable', code: 'journal_full' } });
      }
      expect(audit.health()).toMatchObject({ writable: false, problem: expect.stringContaining('full') });
      await expect(audit.append(decisionRecord())).rejects.toMatchObject({ code: 'journal_full' });
      isFull = false;
      clock.advance(1_000);
      expect(audit.health()).toMatchObject({ writable: true, problem: null });
      expect((await audit.append(decisionRecord())).seq).toBe(2);
      await expectWholeJournal(audit, 2);
    },
  );

  it('running full at the start of a new segment denies and recovers', async () => {
    const clock = createManualClock();
    let isFull = false;
    const files = createFaultyFiles((step, path, at) => {
      if (isFull && isSegment(path) && step === 'replace' && at === 'half') throw systemError('ENOSPC');
    });
    const audit = await bench.start({ files, clock, config: { segment_bytes_max: 4_096 } });
    const reason = 'x'.repeat(3_000);
    for (let index = 0; index < 4; index++) await audit.append(decisionRecord({ reason }));
    isFull = true;
    await expect(audit.append(decisionRecord({ reason }))).rejects.toMatchObject({ code: 'journal_full' });
    isFull = false;
    clock.advance(1_000);
    expect((await audit.append(decisionRecord())).seq).toBe(5);
    await expectWholeJournal(audit, 5);
  });

  it('quota used up denies decisions and still takes the outcomes of what was allowed', async () => {
    const audit = await bench.start({ config: { segment_bytes_max: 4_096, quota_bytes: 65_536 } });
    const decide = () => audit.append(decisionRecord({ call_kind: 'model_request' }));
    let last = await decide();
    const refusal = await (async () => {
      for (;;) {
        try {
          last = await decide();
        } catch (error) {
          return error;
        }
      }
    })();
    expect(refusal).toMatchObject({
      kind: 'unavailable',
      code: 'journal_full',
      remedy: expect.stringContaining('database'),
    });
    await expect(audit.append(modelOutcome(last.id, { effect: null }))).resolves.toMatchObject({ seq: last.seq + 1 });
    expect(audit.health().journalBytes).toBeLessThanOrEqual(65_536);
  });
});

describe('mode bounded', () => {
  const config = { mode: 'bounded', loss_window: { records: 3, ms: 50 } } as const;

  it('answers at once until its window is used up, then when the record is durable', async () => {
    const clock = createManualClock();
    const audit = await bench.start({ clock, config });
    await audit.append(decisionRecord());
    await expect.poll(() => audit.metrics().pendingRecords).toBe(0);
    for (let index = 0; index < 3; index++) await audit.append(decisionRecord());
    expect(audit.metrics().pendingRecords).toBe(3);
    let isAnswered = false;
    const fourth = audit.append(decisionRecord()).then(() => {
      isAnswered = true;
    });
    await Promise.resolve();
    expect(isAnswered).toBe(false);
    clock.advance(25);
    await fourth;
    expect(audit.metrics().pendingRecords).toBe(0);
  });

  it('keeps what it has acknowledged through a full disk', async () => {
    const clock = createManualClock();
    let isFull = true;
    const files = createFaultyFiles((step, path, at) => {
      if (isFull && isSegment(path) && step === 'append' && at === 'half') throw systemError('ENOSPC');
    });
    const audit = await bench.start({ files, clock, config });
    const early = [await audit.append(decisionRecord()), await audit.append(decisionRecord())];
    await expect.poll(() => audit.health().writable).toBe(false);
    await expect(audit.append(decisionRecord())).rejects.toMatchObject({ code: 'journal_full' });
    isFull = false;
    clock.advance(1_000);
    clock.advance(50);
    const late = audit.append(decisionRecord());
    clock.advance(50);
    expect([...early, await late].map((position) => position.seq)).toEqual([1, 2, 3]);
    await expectWholeJournal(audit, 3);
    expect(audit.metrics().lostRecords).toBe(0);
  });

  it('counts what a failed disk took with it', async () => {
    const files = createFaultyFiles((step, path, at) => {
      if (isSegment(path) && step === 'sync' && at === 'before') throw systemError('EIO');
    });
    const audit = await bench.start({ files, config: { mode: 'bounded' } });
    await audit.append(decisionRecord());
    await expect.poll(() => audit.metrics().lostRecords).toBe(1);
    expect(audit.health().writable).toBe(false);
  });
});

async function expectWholeJournal(audit: Awaited<ReturnType<AuditBench['start']>>, records: number): Promise<void> {
  const directory = bench.logDirectory(audit);
  await audit.stop();
  const report = await verifyJournal({ directory, keys: await readVerifierKeys(bench.keyDirectory) });
  expect(report).toMatchObject({ ok: true, logs: [{ records, signed_seq: records }] });
  const line = (await readFile(join(directory, 'checkpoints.ndjson'), 'utf8')).trim().split('\n').at(-1) ?? '';
  expect(parseTrustedJson(line)).toMatchObject({ tree_size: records });
}
