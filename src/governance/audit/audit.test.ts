import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AuditBench, createAuditBench } from '#tests/support/audit-bench';
import { CORRELATION, decisionRecord, modelOutcome, toolOutcome, usageEvent } from '#tests/support/audit-records';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres';
import { proves } from '#tests/support/proves';

proves('audit.eighteen-columns', 'audit.one-query', 'audit.append-only');

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

describe('the audit', () => {
  it('shows every record in the database to whoever waits for it', async () => {
    const audit = await bench.start({ database: test.database });
    const positions = await Promise.all(
      Array.from({ length: 300 }, (_, index) => audit.append(decisionRecord({ tool_name: `tool-${index}` }))),
    );
    await audit.caughtUp(10_000);
    const rows = await test.database.query<{ id: string; seq: number; tool_name: string }>(
      'SELECT id, seq, tool_name FROM governance_decisions WHERE id LIKE $1 ORDER BY seq',
      [`${audit.logId()}-%`],
    );
    expect(rows.map((row) => row.id)).toEqual(positions.map((position) => position.id));
    expect(rows.map((row) => row.tool_name)).toEqual(positions.map((_, index) => `tool-${index}`));
    expect(audit.health()).toMatchObject({ writable: true, problem: null, mode: 'strict', undrainedRecords: 0 });
  });

  it('spreads a model request over its tables, and one row of audit_trail tells it', async () => {
    const audit = await bench.start({ database: test.database });
    const decision = await audit.append(decisionRecord({ call_kind: 'model_request', tool_name: 'claude-sonnet' }));
    const outcome = await audit.append(modelOutcome(decision.id));
    await audit.caughtUp(10_000);
    const [row] = await test.database.query('SELECT * FROM audit_trail WHERE id = $1', [decision.id]);
    expect(row).toMatchObject({
      ...CORRELATION,
      decision: 'allow',
      result: 'completed',
      tenant_id: 'tenant-1',
      role: 'user',
      request_id: 'request-1',
      outcome_id: outcome.id,
      latency_ms: 812.25,
      provider: 'anthropic',
      served_model: 'claude-sonnet-4-6',
      input_tokens: 12,
      output_tokens: 34,
      cost_microdollars: 546,
      price_source: 'genai-prices exact',
      created_at: new Date(1_800_000_000_000),
    });
    const byRequest = (table: string) =>
      test.database.query(`SELECT * FROM ${table} WHERE ai_request_id = $1 ORDER BY 1`, [outcome.id]);
    expect(await byRequest('ai_request_messages')).toMatchObject([
      { sequence: 0, role: 'user', content: 'list the files' },
      { sequence: 1, role: 'assistant', content: [{ type: 'text', text: 'looking' }] },
    ]);
    expect(await byRequest('ai_request_tool_calls')).toMatchObject([
      { sequence: 0, tool_use_id: 'toolu_1', tool_name: 'list_directory', input: { path: '/srv' } },
    ]);
    expect(await byRequest('ai_request_payloads')).toMatchObject([
      { request_text: '{"a":1}', request_bytes: 7, response_text: null, response_truncated: true },
    ]);
  });

  it('keeps a tool call, an identity event and one row for a hook that fired twice', async () => {
    const audit = await bench.start({ database: test.database });
    const decision = await audit.append(decisionRecord({ call_kind: 'tool_call' }));
    const outcome = await audit.append(toolOutcome(decision.id, { status: 'failed', error: 'child exited' }));
    await audit.append(usageEvent('key-1'));
    await audit.append(usageEvent('key-1'));
    await audit.rotateKey({ ...CORRELATION, tenant_id: 'tenant-1' });
    await audit.caughtUp(10_000);
    const [execution] = await test.database.query('SELECT * FROM mcp_tool_executions WHERE id = $1', [outcome.id]);
    expect(execution).toMatchObject({ server: 'files', child_pid: 4242, status: 'failed', error: 'child exited' });
    const [trail] = await test.database.query('SELECT * FROM audit_trail WHERE id = $1', [decision.id]);
    expect(trail).toMatchObject({ result: 'failed', error: 'child exited', server: 'files', tool_is_error: false });
    const count = await test.database.query<{ count: number }>(
      `SELECT count(*) AS count FROM plugin_usage_events WHERE dedup_key = 'key-1'`,
    );
    expect(count[0]?.count).toBe(1);
    const events = await test.database.query<{ name: string }>('SELECT name FROM identity_events');
    expect(events.map((event) => event.name)).toContain('audit.key_rotated');
  });

  it('keeps text that PostgreSQL cannot hold, with its unstorable characters replaced', async () => {
    const audit = await bench.start({ database: test.database });
    const { id } = await audit.append(decisionRecord({ reason: 'nul \0, half \ud83d and a \\u0000 that is text' }));
    await audit.caughtUp(10_000);
    const [row] = await test.database.query<{ reason: string }>(
      'SELECT reason FROM governance_decisions WHERE id = $1',
      [id],
    );
    expect(row?.reason).toBe('nul \uFFFD, half \uFFFD and a \\u0000 that is text');
  });

  it('closes what a crash left open, and leaves a hook alone', async () => {
    const audit = await bench.start({ database: test.database });
    const open = await audit.append(decisionRecord({ call_kind: 'tool_call', request_id: 'request-9' }));
    const hook = await audit.append(decisionRecord({ call_kind: 'hook' }));
    const denied = await audit.append(decisionRecord({ call_kind: 'tool_call', decision: 'deny' }));
    await audit.stop();
    const next = await bench.start({ database: test.database });
    expect(next.recovery()).toEqual({ torn: null, closedDecisions: 1 });
    await next.caughtUp(10_000);
    const result = async (id: string) =>
      (await test.database.query<object>('SELECT result, error, request_id FROM audit_trail WHERE id = $1', [id]))[0];
    expect(await result(open.id)).toEqual({ result: 'unknown', error: 'crash', request_id: 'request-9' });
    expect(await result(hook.id)).toMatchObject({ result: 'allowed' });
    expect(await result(denied.id)).toMatchObject({ result: 'denied' });
  });

  it('refuses to change a row of any audit table, even for the owner', async () => {
    const audit = await bench.start({ database: test.database });
    await audit.append(decisionRecord());
    await audit.caughtUp(10_000);
    const tables = await test.database.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = 'append_only'`,
    );
    expect(tables).toHaveLength(11);
    for (const { name } of tables) {
      for (const statement of [`DELETE FROM ${name}`, `TRUNCATE ${name}`]) {
        await expect(test.database.query(statement)).rejects.toThrow('append-only');
      }
    }
    await expect(test.database.query(`UPDATE governance_decisions SET decision = 'allow'`)).rejects.toThrow(
      'append-only',
    );
    const [row] = await test.database.query<{ count: number }>('SELECT count(*) AS count FROM governance_decisions');
    expect(row?.count).toBeGreaterThan(0);
  });

  it('has the 18 columns of the contract and no other', async () => {
    const columns = await test.database.query<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'governance_decisions'
       ORDER BY ordinal_position`,
    );
    expect(columns.map((column) => column.name)).toEqual(
      (
        'id seq created_at user_id session_id task_id trace_id context_id client_id agent_id agent_scope plugin_id ' +
        'tool_name decision policy reason evaluated_rules call_kind'
      ).split(' '),
    );
  });
});
