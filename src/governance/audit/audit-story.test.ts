import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditBench, createAuditBench } from '#tests/support/audit-bench';
import { CORRELATION, decisionRecord, modelOutcome, toolOutcome, usageEvent } from '#tests/support/audit-records';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres';
import { proves } from '#tests/support/proves';
import { type AuditStore, createAuditStore } from './audit-store.ts';
import { findStory } from './audit-story.ts';
import type { RecordPosition } from './record.ts';

proves('audit.story');

let bench: AuditBench;
let test: TestDatabase;
let store: AuditStore;
let model: RecordPosition;
let modelEnd: RecordPosition;
let tool: RecordPosition;
let denied: RecordPosition;

const TOOL_TRACE = 'bbbb7651916cd43dd8448eb211c80319';

/** A model request that asks for a tool; the tool call it led to, under a trace of its own; and a denied hook call. */
beforeAll(async () => {
  bench = await createAuditBench();
  test = await createTestDatabase();
  store = createAuditStore(test.database);
  const audit = await bench.start({ database: test.database });
  model = await audit.append(
    decisionRecord({ call_kind: 'model_request', tool_name: 'claude-sonnet', request_id: 'request-1' }),
  );
  modelEnd = await audit.append(modelOutcome(model.id));
  const base = decisionRecord({ call_kind: 'tool_call', tool_name: 'mcp__files__list', request_id: 'request-2' });
  tool = await audit.append({
    ...base,
    trace_id: TOOL_TRACE,
    task_id: 'task-2',
    at_ms: base.at_ms + 1_000,
    evaluated_rules: { ...base.evaluated_rules, tool_use_id: 'toolu_1' },
  });
  await audit.append({ ...toolOutcome(tool.id), trace_id: TOOL_TRACE });
  denied = await audit.append(
    decisionRecord({
      ...{ tool_name: 'Bash', decision: 'deny', policy: 'secret_scan', request_id: 'request-3', task_id: 'task-3' },
      ...{ trace_id: 'cccc7651916cd43dd8448eb211c80319', user_id: 'user-2', session_id: 'session-2' },
    }),
  );
  await audit.append(usageEvent('key-1'));
  await audit.caughtUp(10_000);
});
afterAll(async () => {
  await bench.remove();
  await test.drop();
});

describe('a story', () => {
  it('of a model request holds its messages, the tool it asked for, what the tool did, and the cost', async () => {
    const story = await findStory(store, 'request-1');
    expect(story.found).toEqual({ kind: 'request', value: 'request-1' });
    expect(story.steps.map((step) => step.decision.id)).toEqual([model.id, tool.id]);
    const [first, second] = story.steps;
    expect(first).toMatchObject({
      decision: { ...CORRELATION, policy: 'pipeline', evaluated_rules: { findings: [{ check: 'authentication' }] } },
      outcome: { status: 'completed' },
      model_request: {
        served_model: 'claude-sonnet-4-6',
        messages: [{ role: 'user', content: 'list the files' }, { role: 'assistant' }],
        tool_calls: [{ tool_use_id: 'toolu_1', input: { path: '/srv' } }],
        payload: { request_text: '{"a":1}', response_truncated: true },
      },
      tool_execution: null,
    });
    expect(second).toMatchObject({
      decision: { trace_id: TOOL_TRACE },
      model_request: null,
      tool_execution: { server: 'files', child_pid: 4242, output: { content: [{ type: 'text', text: 'a.txt' }] } },
    });
    expect(story.usage_events).toMatchObject([{ dedup_key: 'key-1', hook_event_name: 'PostToolUse' }]);
    expect(story.totals).toEqual({
      decisions: 2,
      denied: 0,
      input_tokens: 12,
      output_tokens: 34,
      cost_microdollars: 546,
    });
  });

  it('is found by every kind of id and by a beginning that is unique', async () => {
    const foundBy = async (text: string) => (await findStory(store, text)).steps[0]?.decision.id;
    for (const text of [model.id, modelEnd.id, 'task-1', CORRELATION.trace_id, '0af76519']) {
      expect(await foundBy(text)).toBe(model.id);
    }
    expect(await foundBy('cccc')).toBe(denied.id);
    expect(await foundBy(TOOL_TRACE)).toBe(tool.id);
    expect((await findStory(store, 'request-3')).totals).toMatchObject({ decisions: 1, denied: 1 });
  });

  it('is refused for a beginning that several ids share, and for one that none has', async () => {
    await expect(findStory(store, 'request-')).rejects.toMatchObject({
      kind: 'conflict',
      code: 'audit_id_ambiguous',
      message: expect.stringContaining('request-1, request-2, request-3'),
    });
    for (const text of ['nothing', '', '%', "' OR true --"]) {
      await expect(findStory(store, text)).rejects.toMatchObject({ kind: 'not_found', code: 'audit_id_not_found' });
    }
  });
});

describe('the list of decisions', () => {
  it('is newest first and filtered by each of its columns', async () => {
    const list = async (filters: object) => (await store.listDecisions({ limit: 10, ...filters })).map((row) => row.id);
    expect(await list({})).toEqual([tool.id, denied.id, model.id]);
    expect(await list({ limit: 1 })).toEqual([tool.id]);
    expect(await list({ decision: 'deny' })).toEqual([denied.id]);
    expect(await list({ policy: 'secret_scan', toolName: 'Bash' })).toEqual([denied.id]);
    expect(await list({ userId: 'user-2' })).toEqual([denied.id]);
    expect(await list({ sessionId: 'session-1', callKind: 'model_request' })).toEqual([model.id]);
    expect(await list({ sinceMs: 1_800_000_001_000 })).toEqual([tool.id]);
    expect(await list({ untilMs: 1_800_000_001_000 })).toEqual([denied.id, model.id]);
    expect((await store.listDecisions({ limit: 10, userId: 'user-2' }))[0]).toMatchObject({
      result: 'denied',
      role: 'user',
    });
  });
});
