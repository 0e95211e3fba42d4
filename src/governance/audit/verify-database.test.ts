import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '#foundation/crypto';
import { createIdSource } from '#foundation/ids';
import { parseTrustedJson } from '#foundation/json';
import { type AuditBench, createAuditBench } from '#tests/support/audit-bench';
import { decisionRecord, modelOutcome, toolOutcome } from '#tests/support/audit-records';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres';
import { proves } from '#tests/support/proves';
import { leafHash } from './hashing.ts';
import { recordId } from './record.ts';
import { formatCheckpoint, originOf, signNote } from './signed-note.ts';
import { loadSigningKey, readVerifierKeys, replaceSigningKey } from './signing-key.ts';
import { verifyDatabase } from './verify-database.ts';
import type { VerifyReport } from './verify-report.ts';

proves('audit.tamper-evident');

let bench: AuditBench;
let test: TestDatabase;
let logId: string;
let keys: readonly Buffer[];
let notes: readonly string[];

const RECORDS = 22;

/** 20 decisions of which the first two had effects, their outcomes, and checkpoints after 10 records and at the end. */
beforeEach(async () => {
  bench = await createAuditBench();
  test = await createTestDatabase();
  const audit = await bench.start({ database: test.database, config: { checkpoint_records: 10 } });
  logId = audit.logId() ?? '';
  const model = await audit.append(decisionRecord({ call_kind: 'model_request', tool_name: 'claude-sonnet' }));
  const tool = await audit.append(decisionRecord({ call_kind: 'tool_call', tool_name: 'list_directory' }));
  await audit.append(modelOutcome(model.id));
  await audit.append(toolOutcome(tool.id));
  for (let index = 4; index < RECORDS; index++) await audit.append(decisionRecord({ tool_name: `tool-${index}` }));
  await audit.stop();
  keys = await readVerifierKeys(bench.keyDirectory);
  const rows = await test.database.query<{ note: string }>('SELECT note FROM audit_checkpoints ORDER BY tree_size');
  notes = rows.map((row) => row.note);
});
afterEach(async () => {
  await bench.remove();
  await test.drop();
});

/** What somebody with the owner's rights can do: put the triggers aside, and change rows. */
async function tamper(statement: string, parameters: readonly unknown[] = []): Promise<void> {
  await test.database.transaction(async (transaction) => {
    const tables = await transaction.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = 'append_only'`,
    );
    for (const { name } of tables) await transaction.query(`ALTER TABLE ${name} DISABLE TRIGGER append_only`);
    await transaction.query(statement, parameters);
  });
}

const verify = (external: readonly string[] = []): Promise<VerifyReport> =>
  verifyDatabase({ database: test.database, keys, notes: external });

async function recordText(seq: number): Promise<string> {
  const [row] = await test.database.query<{ record: string }>('SELECT record FROM audit_records WHERE seq = $1', [seq]);
  return row?.record ?? '';
}

describe('the audit in the database', () => {
  it('is clean as it was written', async () => {
    expect(await verify(notes)).toEqual({
      ok: true,
      source: 'database',
      problems: [],
      first_bad: null,
      logs: [
        {
          log_id: logId,
          first_seq: 1,
          records: RECORDS,
          root_hash: expect.any(String),
          checkpoints: notes.length,
          signed_seq: RECORDS,
        },
      ],
    });
    expect(notes.length).toBeGreaterThanOrEqual(2);
  });

  it.each([7, RECORDS])('names record %i when it was edited', async (seq) => {
    await tamper(`UPDATE audit_records SET record = replace(record, 'tool-', 'tool+') WHERE seq = $1`, [seq]);
    expect((await verify()).first_bad).toMatchObject({ kind: 'edited', seq, id: recordId(logId, seq) });
  });

  it.each([1, 7, 10, 15])('names record %i when it was edited and its stored hash with it', async (seq) => {
    const text = (await recordText(seq)).replace('"user-1"', '"user-2"');
    await tamper('UPDATE audit_records SET record = $1, leaf_hash = $2 WHERE seq = $3', [
      text,
      leafHash(Buffer.from(text)),
      seq,
    ]);
    expect((await verify()).first_bad).toMatchObject({ kind: 'edited', id: recordId(logId, seq) });
  });

  it('finds a whole past that was written anew from one record on', async () => {
    let prev = '';
    for (let seq = 1; seq <= RECORDS; seq++) {
      const original = await recordText(seq);
      const changed = seq === 14 ? original.replace('"allow"', '"deny"') : original;
      const text = changed.replace(/"prev":"[^"]*"/, `"prev":"${prev}"`);
      const leaf = leafHash(Buffer.from(text));
      prev = leaf.toString('base64');
      if (seq >= 14) {
        await tamper('UPDATE audit_records SET record = $1, leaf_hash = $2 WHERE seq = $3', [text, leaf, seq]);
      }
    }
    const { first_bad: firstBad } = await verify();
    expect(firstBad).toMatchObject({ kind: 'edited', log_id: logId });
    expect(firstBad?.seq ?? 0).toBeGreaterThan(10);
    expect(firstBad?.seq ?? 0).toBeLessThanOrEqual(14);
  });

  it.each([1, 9, 21])('names record %i when it was deleted', async (seq) => {
    await tamper('DELETE FROM audit_records WHERE seq = $1', [seq]);
    expect((await verify()).first_bad).toMatchObject({ kind: 'removed', id: recordId(logId, seq) });
  });

  it('knows a deleted record although the rest was renumbered', async () => {
    await tamper('DELETE FROM audit_records WHERE seq = 9');
    await tamper('UPDATE audit_records SET seq = seq - 1 WHERE seq > 9');
    expect((await verify()).first_bad).toMatchObject({ kind: 'reordered', seq: 9 });
  });

  it('knows two records that changed places, and one that was put in', async () => {
    await tamper('ALTER TABLE audit_records DROP CONSTRAINT audit_records_pkey');
    await tamper('UPDATE audit_records SET seq = 11 - seq WHERE seq IN (5, 6)');
    expect((await verify()).first_bad).toMatchObject({ kind: 'reordered', seq: 5 });
    await tamper('UPDATE audit_records SET seq = 11 - seq WHERE seq IN (5, 6)');
    expect((await verify()).ok).toBe(true);
    await tamper(
      'INSERT INTO audit_records SELECT log_id, 23, kind, record, leaf_hash FROM audit_records WHERE seq = 22',
    );
    expect((await verify()).first_bad).toMatchObject({ seq: 23 });
  });

  it('knows a cut tail by its checkpoints, also when those were cut too but one was kept elsewhere', async () => {
    await tamper('DELETE FROM audit_records WHERE seq > 20');
    expect((await verify()).first_bad).toMatchObject({ kind: 'truncated', id: recordId(logId, 21) });
    for (const table of ['governance_decisions', 'audit_outcomes']) await tamper(`DELETE FROM ${table} WHERE seq > 20`);
    await tamper('DELETE FROM audit_checkpoints WHERE tree_size > 20');
    expect((await verify()).ok).toBe(true);
    expect((await verify(notes)).first_bad).toMatchObject({ kind: 'truncated', id: recordId(logId, 21) });
  });

  it('knows a log that was removed as a whole', async () => {
    for (const table of ['audit_records', 'audit_checkpoints', 'governance_decisions', 'audit_outcomes']) {
      await tamper(`DELETE FROM ${table}`);
    }
    for (const table of ['ai_requests', 'mcp_tool_executions']) await tamper(`DELETE FROM ${table}`);
    expect((await verify()).ok).toBe(true);
    expect((await verify(notes)).first_bad).toMatchObject({ kind: 'truncated', log_id: logId, seq: 1 });
  });

  it('knows another history that the same key signed', async () => {
    const key = await loadSigningKey(bench.keyDirectory, createIdSource(Date.now));
    const origin = originOf(logId);
    const text = formatCheckpoint({ origin, size: 15, root: sha256('another history') });
    const rival = signNote(text, origin, key.privateKey, key.publicKey);
    expect((await verify([...notes, rival])).first_bad).toMatchObject({ kind: 'forked', log_id: logId });
  });

  it('does not believe a checkpoint of an unknown key, or one whose text was touched', async () => {
    const stranger = await replaceSigningKey(`${bench.home}/stranger`, createIdSource(Date.now));
    const unknown = await verifyDatabase({ database: test.database, keys: [stranger.publicKey] });
    expect(unknown.problems.map((problem) => problem.kind)).toEqual(expect.arrayContaining(['wrong_key', 'unsigned']));
    await tamper(`UPDATE audit_checkpoints SET note = replace(note, E'\\n10\\n', E'\\n11\\n') WHERE tree_size = 10`);
    expect((await verify()).first_bad).toMatchObject({ kind: 'bad_signature' });
  });

  it('does not pass a log that nothing signs', async () => {
    await tamper('DELETE FROM audit_checkpoints');
    expect((await verify()).first_bad).toMatchObject({ kind: 'unsigned', log_id: logId });
  });

  it('still trusts what an earlier key signed after the key was replaced', async () => {
    await replaceSigningKey(bench.keyDirectory, createIdSource(Date.now));
    keys = await readVerifierKeys(bench.keyDirectory);
    expect(keys).toHaveLength(2);
    expect((await verify()).ok).toBe(true);
  });
});

describe('a table that people query', () => {
  it.each([
    [
      `UPDATE governance_decisions SET decision = 'deny' WHERE seq = 5`,
      'row_changed',
      5,
      'governance_decisions.decision',
    ],
    [
      `UPDATE governance_decisions SET created_at = created_at + interval '1 second' WHERE seq = 6`,
      'row_changed',
      6,
      'created_at',
    ],
    [
      `UPDATE governance_decisions SET evaluated_rules = evaluated_rules || '{"server": "x"}' WHERE seq = 8`,
      'row_changed',
      8,
      'evaluated_rules',
    ],
    [`UPDATE ai_requests SET cost_microdollars = 1`, 'row_changed', 3, 'ai_requests.cost_microdollars'],
    [`UPDATE mcp_tool_executions SET output = '{}'`, 'row_changed', 4, 'mcp_tool_executions.output'],
    [`UPDATE audit_outcomes SET status = 'failed' WHERE seq = 4`, 'row_changed', 4, 'audit_outcomes.status'],
    [`DELETE FROM governance_decisions WHERE seq = 12`, 'row_missing', 12, 'governance_decisions'],
    [`DELETE FROM ai_requests`, 'row_missing', 3, 'ai_requests'],
  ])('is compared with the records: %s', async (statement, kind, seq, detail) => {
    await tamper(statement);
    const { first_bad: firstBad } = await verify();
    expect(firstBad).toMatchObject({ kind, seq, id: recordId(logId, seq), detail: expect.stringContaining(detail) });
  });

  it('may hold no row that no record stands for', async () => {
    const copy = (id: string, seq: number) =>
      tamper(
        `INSERT INTO governance_decisions
         SELECT $1, $2, created_at, user_id, session_id, task_id, trace_id, context_id, client_id, agent_id, agent_scope,
           plugin_id, tool_name, decision, policy, reason, evaluated_rules, call_kind
         FROM governance_decisions WHERE seq = 5`,
        [id, seq],
      );
    await copy(recordId(logId, 3), 3);
    expect((await verify()).first_bad).toMatchObject({ kind: 'row_added', seq: 3 });
    await tamper('DELETE FROM governance_decisions WHERE seq = 3');
    await copy(recordId(logId, 999), 999);
    expect((await verify()).first_bad).toMatchObject({ kind: 'row_added', id: recordId(logId, 999) });
  });
});

it('a record names itself, so that it cannot be passed off as another', async () => {
  expect(parseTrustedJson(await recordText(5))).toMatchObject({ log_id: logId, seq: 5, prev: expect.any(String) });
});
