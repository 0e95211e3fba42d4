import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditBench, createAuditBench } from '#tests/support/audit-bench';
import { decisionRecord } from '#tests/support/audit-records';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres';
import { exportAudit } from './export.ts';
import { proveRecord } from './prove-record.ts';
import { recordId } from './record.ts';
import { readVerifierKeys } from './signing-key.ts';
import { splitNotes, verifyExport } from './verify-export.ts';
import { verifyRecordProof } from './verify-proof.ts';

let bench: AuditBench;
let test: TestDatabase;
let logId: string;
let keys: readonly Buffer[];
let lines: readonly string[];

const RECORDS = 30;

beforeAll(async () => {
  bench = await createAuditBench();
  test = await createTestDatabase();
  const audit = await bench.start({ database: test.database, config: { checkpoint_records: 12 } });
  logId = audit.logId() ?? '';
  for (let index = 0; index < RECORDS; index++) {
    await audit.append(decisionRecord({ tool_name: `tool-${index}`, at_ms: 1_800_000_000_000 + index * 1_000 }));
  }
  await audit.stop();
  keys = await readVerifierKeys(bench.keyDirectory);
  lines = await linesOf();
});
afterAll(async () => {
  await bench.remove();
  await test.drop();
});

const linesOf = (sinceMs?: number): Promise<string[]> =>
  Array.fromAsync(exportAudit({ database: test.database, ...(sinceMs === undefined ? {} : { sinceMs }) }));

const verify = (changed: readonly string[], notes: readonly string[] = []) =>
  verifyExport({ lines: () => streamOf(changed), keys, notes });

async function* streamOf(items: readonly string[]): AsyncGenerator<string> {
  yield* items;
}

const lineOf = (seq: number) => lines.findIndex((line) => line.includes(`"seq":${seq},`));
const without = (seq: number) => lines.filter((_, index) => index !== lineOf(seq));

describe('an export', () => {
  it('is verified with nothing but itself and the public key', async () => {
    expect(lines).toHaveLength(1 + RECORDS + 3);
    expect(await verify(lines)).toMatchObject({
      ok: true,
      source: 'export',
      logs: [{ log_id: logId, first_seq: 1, records: RECORDS, checkpoints: 3, signed_seq: RECORDS }],
    });
  });

  it('of a part carries the tree state that stands for the rest', async () => {
    const part = await linesOf(1_800_000_000_000 + 20_000);
    expect(part).toHaveLength(2 + 10 + 2);
    expect(await verify(part)).toMatchObject({ ok: true, logs: [{ first_seq: 21, records: 10, signed_seq: RECORDS }] });
    const forged = part.map((line) => line.replace(/"peaks":\["..../, '"peaks":["AAAA'));
    expect(await verify(forged)).toMatchObject({ ok: false });
  });

  it('shows an edited, a removed, a moved and a cut line', async () => {
    const edited = lines.map((line) => line.replace('"tool-8"', '"tool-x"'));
    expect((await verify(edited)).first_bad).toMatchObject({ kind: 'edited', id: recordId(logId, 9) });
    expect((await verify(without(9))).first_bad).toMatchObject({ kind: 'removed', id: recordId(logId, 9) });
    const moved = [...without(9).slice(0, 20), lines[lineOf(9)] ?? '', ...without(9).slice(20)];
    expect((await verify(moved)).problems.map((problem) => problem.kind)).toContain('reordered');
    const cut = lines.map((line, index) => (index === lineOf(9) ? line.slice(0, -20) : line));
    expect((await verify(cut)).first_bad).toMatchObject({ kind: 'malformed', id: recordId(logId, 9) });
    expect(await verify([...lines, 'garbage'])).toMatchObject({ first_bad: { kind: 'malformed' } });
  });

  it('without its tail and later checkpoints is told by a checkpoint that was kept', async () => {
    const kept = splitNotes((await notes()).join('\n'));
    expect(kept).toHaveLength(3);
    const last = kept.at(-1) ?? '';
    const cut = lines.filter((line) => !line.includes(`"seq":${RECORDS},`) && !line.includes(`\\n${RECORDS}\\n`));
    expect((await verify(cut)).ok).toBe(true);
    expect((await verify(cut, [last])).first_bad).toMatchObject({ kind: 'truncated', id: recordId(logId, RECORDS) });
  });
});

async function notes(): Promise<readonly string[]> {
  const rows = await test.database.query<{ note: string }>('SELECT note FROM audit_checkpoints ORDER BY tree_size');
  return rows.map((row) => row.note);
}

describe('the proof of one record', () => {
  it('holds for whoever has the public key, and for no other record', async () => {
    for (const seq of [1, 12, 13, RECORDS]) {
      const proof = await proveRecord(test.database, logId, seq);
      expect(verifyRecordProof(proof, keys)).toBeNull();
      const edited = { ...proof, record: proof.record.replace('"user-1"', '"user-2"') };
      expect(verifyRecordProof(edited, keys)).toContain('not among those');
      expect(verifyRecordProof({ ...proof, seq: seq + 1 }, keys)).toContain('not the one');
      expect(verifyRecordProof(proof, [])).toContain('none of the known keys');
    }
  });

  it('is not given before a checkpoint covers the record', async () => {
    await expect(proveRecord(test.database, logId, RECORDS + 1)).rejects.toMatchObject({
      code: 'audit_proof_unavailable',
    });
  });
});
