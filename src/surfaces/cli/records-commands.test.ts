import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvariantError, OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject, parseTrustedJson } from '#foundation/json';
import type { AuditService } from '#governance/audit/audit';
import { type AuditBench, createAuditBench } from '#tests/support/audit-bench';
import { CORRELATION, decisionRecord, modelOutcome, toolOutcome } from '#tests/support/audit-records';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres';
import { proves } from '#tests/support/proves';
import type { CliServices } from './services.ts';
import { fakeIdentityDesk } from './testing/identity-desk.ts';
import { type CliRun, cli } from './testing/run-in-process.ts';

proves('cli.json', 'audit.story');

let test: TestDatabase;
let bench: AuditBench;
let audit: AuditService;
let services: Partial<CliServices>;
let ids: { model: string; denied: string; tool: string; converted: string };

/** A model request that asks for a tool, the tool call, and a denied hook of another trace. */
beforeAll(async () => {
  test = await createTestDatabase();
  bench = await createAuditBench();
  audit = await bench.start({ database: test.database });
  const user = { user_id: 'u-ada' };
  const model = await audit.append(
    decisionRecord({ ...user, call_kind: 'model_request', tool_name: 'claude-sonnet', request_id: 'req_model' }),
  );
  await audit.append(modelOutcome(model.id, { ...user, request_id: 'req_model' }));
  const tool = await audit.append(
    decisionRecord({
      ...user,
      call_kind: 'tool_call',
      tool_name: 'mcp__files__list_directory',
      request_id: 'req_tool',
    }),
  );
  await audit.append(toolOutcome(tool.id, { ...user, request_id: 'req_tool' }));
  const denied = await audit.append(deniedHook());
  const converted = await appendConverted();
  await audit.caughtUp(10_000);
  ids = { model: model.id, tool: tool.id, denied: denied.id, converted };
  services = {
    database: async () => test.database,
    identity: async () => fakeIdentityDesk().desk,
    places: () => ({
      migrationsDirectory: '',
      journalDirectory: bench.journalDirectory,
      auditKeyDirectory: bench.keyDirectory,
      home: '',
      logFile: '',
    }),
  };
});

afterAll(async () => {
  await bench?.remove();
  await test?.drop();
});

/** Of another user and trace, in Claude Code's own session, after two upstreams that did not answer. */
async function appendConverted(): Promise<string> {
  const whose = {
    user_id: 'u-bob',
    session_id: 'session-2',
    context_id: 'context-2',
    trace_id: 'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee',
    task_id: 'task-converted',
  };
  const base = decisionRecord({ request_id: 'converted' });
  const { principal } = base.evaluated_rules;
  const decision = await audit.append({
    ...base,
    ...whose,
    call_kind: 'model_request',
    tool_name: 'claude-sonnet',
    evaluated_rules: { ...base.evaluated_rules, principal: { ...principal, department: 'research' } },
  });
  const outcome = modelOutcome(decision.id, { ...whose, request_id: 'converted' });
  if (outcome.effect?.type !== 'model_request') throw new InvariantError('it is a model request');
  const failed = { provider: 'dead', model: 'claude-sonnet-4-6' };
  const details = {
    operation: 'generate',
    client_dialect: 'openai-chat',
    upstream_dialect: 'anthropic',
    failed_attempts: [
      { ...failed, status: 503, error: 'overloaded\u001b[2J' },
      { ...failed, status: null, error: 'connect timed out' },
    ],
    conversion: { dropped: ['logit_bias'], changed: ['temperature'] },
    cache: { result: 'hit', of_request: 'req_first', age_s: 7 },
    claude_session_id: 'conversation-of-the-client',
  } as const;
  const effect = { ...outcome.effect, served_model: null, cost_microdollars: null, tool_calls: [], details };
  await audit.append({ ...outcome, effect });
  return decision.id;
}

function deniedHook() {
  const base = decisionRecord({ request_id: 'req_denied' });
  return {
    ...base,
    trace_id: 'ffffffffffffffffffffffffffffffff',
    task_id: 'task-denied',
    tool_name: 'Write\u001b[2J',
    decision: 'deny',
    policy: 'secret_scan',
    reason: 'a secret was found; refer to it by name',
    evaluated_rules: {
      ...base.evaluated_rules,
      findings: [
        { check: 'authentication', result: 'pass', detail: 'pat sp-live-1 as user', durationMicros: 0 },
        {
          check: 'secret_scan',
          result: 'deny',
          rule: 'aws-access-key',
          path: 'tool_input.content',
          detail: 'deny aws-access-key',
          durationMicros: 123,
        },
        { check: 'rate_limit', result: 'skipped', detail: 'after the deny of secret_scan', durationMicros: 0 },
      ],
    },
  } as const;
}

function infra(line: string): Promise<CliRun> {
  return cli(['infra', ...line.split(' ')], { services });
}

function items(line: string): Promise<readonly JsonObject[]> {
  return itemsOf(`infra ${line}`);
}

async function itemsOf(line: string): Promise<readonly JsonObject[]> {
  const answer = parseTrustedJson((await cli([...line.split(' '), '--json'], { services })).stdout);
  return isJsonObject(answer) && Array.isArray(answer.items) ? answer.items.filter(isJsonObject) : [];
}

describe('infra logs audit', () => {
  it('tells a model request from who to what it cost', async () => {
    const { code, stdout } = await infra(`logs audit ${ids.model}`);
    expect(code).toBe(0);
    const order = [
      '✓ allow  model_request  claude-sonnet',
      'ada@example.com (u-ada)',
      'pat sp-live-1',
      'role user · effective user · tenant tenant-1',
      'req_model',
      'authentication',
      'allow by pipeline',
      'claude-sonnet -> claude-sonnet-4-6',
      'anthropic · route claude-* · HTTP 200 · streamed',
      '12 in, 34 out',
      '$0.000546 · priced by genai-prices exact',
      'list_directory (toolu_1)',
      'completed · 812.3 ms in all · 101.5 ms to the first token',
    ];
    const places = order.map((text) => stdout.indexOf(text));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });

  it('tells which dialects were spoken, who was tried before, and what was lost', async () => {
    const { stdout } = await infra(`logs audit ${ids.converted}`);
    expect(stdout).toContain('openai-chat -> anthropic · generate · 1 dropped, 1 changed');
    expect(stdout).toContain('dead claude-sonnet-4-6 · HTTP 503 · overloaded');
    expect(stdout).toContain('dead claude-sonnet-4-6 · no answer · connect timed out');
    expect(stdout).toContain('answered as request req_first was, 7 s before');
    expect(stdout).toContain('conversation-of-the-client');
    expect(stdout).not.toContain('logit_bias');
    expect((await infra(`logs audit ${ids.converted} --full`)).stdout).toContain(
      'conversion:\n    dropped logit_bias\n    changed temperature',
    );
  });

  it('shows contents only when the whole is asked for', async () => {
    expect((await infra(`logs audit ${ids.model}`)).stdout).not.toContain('list the files');
    const { stdout } = await infra(`logs audit ${ids.model} --full`);
    expect(stdout).toContain('list the files');
    expect(stdout).toContain('request body:\n    {"a":1}');
    expect((await infra(`logs audit ${ids.model} --json`)).stdout).not.toContain('list the files');
    expect((await infra(`logs audit ${ids.model} --full --json`)).stdout).toContain('list the files');
  });

  it('tells a denial with the rule, its place and its time, and that nothing was started', async () => {
    const { stdout } = await infra('logs audit req_denied');
    expect(stdout).toMatch(/✗ secret_scan +123 µs {2}deny · aws-access-key · at tool_input\.content/);
    expect(stdout).toContain('· rate_limit');
    expect(stdout).toContain('a secret was found; refer to it by name');
    expect(stdout).toContain('none: nothing was started');
  });

  it('lets no recorded name steer the terminal', async () => {
    expect((await infra('logs audit req_denied --full')).stdout).not.toContain('\u001b');
  });

  it.each(['req_denied', 'req_d', 'task-denied', 'ffffffff'])('finds the call by %s', async (id) => {
    expect((await infra(`logs audit ${id}`)).stdout).toContain(ids.denied);
  });

  it('tells all calls of a trace in their order, with their sum', async () => {
    const { stdout } = await infra(`logs trace show ${CORRELATION.trace_id.slice(0, 8)}`);
    expect(stdout.indexOf('model_request')).toBeLessThan(stdout.indexOf('tool_call'));
    expect(stdout).toContain('files · stdio · child 4242');
    expect(stdout).toContain('2 decisions, 0 denied, 12 tokens in, 34 out, $0.000546');
  });

  it('says so when no id fits, or several', async () => {
    expect((await infra('logs audit nothing-like-it')).code).toBe(5);
    const { code, stderr } = await infra('logs audit req_');
    expect(code).toBe(6);
    expect(stderr).toContain('req_model');
  });

  it('knows a user who is gone by the id alone', async () => {
    const gone = { ...services, identity: async () => Object.assign(Object.create(null), { findUser: notFound }) };
    expect((await cli(['infra', 'logs', 'audit', ids.model], { services: gone })).stdout).toContain(
      'who        u-ada\n',
    );
  });
});

async function notFound() {
  throw new OperatingError('not_found', 'user_unknown', 'there is no such user');
}

describe('lists of records', () => {
  it('group traces', async () => {
    const traces = await items('logs trace list');
    expect(traces).toHaveLength(3);
    expect(traces).toContainEqual(
      expect.objectContaining({
        trace_id: CORRELATION.trace_id,
        calls: 2,
        allowed: 2,
        denied: 0,
        cost_microdollars: 546,
      }),
    );
    expect(await items('logs trace list --decision deny')).toMatchObject([{ denied: 1 }]);
    expect(await items('logs trace list --tool mcp__files__list_directory')).toMatchObject([{ calls: 2 }]);
    expect(await items('logs trace list --user nobody')).toEqual([]);
  });

  it('show model requests and their sums', async () => {
    expect(await items('logs request list --model claude-sonnet-4-6')).toMatchObject([
      { request_id: 'req_model', cost_microdollars: 546, latency_ms: 812.3 },
    ]);
    expect(await items('logs request list --provider openai')).toEqual([]);
    expect(await items('logs request stats --user u-ada')).toMatchObject([
      { provider: 'anthropic', model: 'claude-sonnet-4-6', requests: 1, failed: 0, input_tokens: 12, unpriced: 0 },
    ]);
  });

  it.each(['session-2', 'context-2', 'conversation-of-the-client'])('show one conversation by %s', async (session) => {
    expect(await items(`logs request list --session ${session}`)).toMatchObject([
      { request_id: 'converted', session: 'conversation-of-the-client' },
    ]);
    expect(await items(`logs request list --session ${session} --status failed`)).toEqual([]);
  });

  it('show tool calls', async () => {
    expect(await items('logs tools list --server files')).toMatchObject([
      { request_id: 'req_tool', tool_name: 'list_directory', status: 'completed', is_error: false },
    ]);
    expect(await items('logs tools list --tool nope')).toEqual([]);
  });

  it('search what a rule said, and take no wildcard for one', async () => {
    expect(await items('logs search AWS-ACCESS')).toMatchObject([{ request_id: 'req_denied' }]);
    expect(await items('logs search rate_limit')).toEqual([]);
    expect(await items('logs search %')).toEqual([]);
    expect(await items(`logs search '--`)).toEqual([]);
  });

  it('sum up by kind, decision and policy', async () => {
    expect(await items('logs summary')).toHaveLength(3);
  });

  it('say what their emptiness means', async () => {
    expect((await infra('logs request list --provider openai')).stderr).toBe('no model requests in that time\n');
  });
});

describe('analytics', () => {
  it('sums up what was spent, and says how much of it has no price', async () => {
    const { stdout } = await cli('analytics costs summary --json'.split(' '), { services });
    expect(parseTrustedJson(stdout)).toEqual({
      requests: 2,
      unpriced: 1,
      input_tokens: 24,
      output_tokens: 68,
      cache_read_tokens: 0,
      cost_microdollars: 546,
    });
  });

  it.each([
    ['user', 'u-ada', 'u-bob'],
    ['department', '(none)', 'research'],
    ['session', 'context-1', 'conversation-of-the-client'],
    ['model', 'claude-sonnet-4-6', 'claude-sonnet'],
    ['dialect', 'anthropic', 'openai-chat'],
  ])('tells the costs by %s, the dearest first', async (by, first, second) => {
    expect(await itemsOf(`analytics costs breakdown --by ${by}`)).toMatchObject([
      { [by]: first, cost_microdollars: 546, unpriced: 0 },
      { [by]: second, cost_microdollars: 0, unpriced: 1 },
    ]);
  });

  it.each([
    ['hour', '2027-01-15T08:00Z'],
    ['day', '2027-01-15'],
    ['week', '2027-W02'],
    ['month', '2027-01'],
  ])('sums up by %s in UTC', async (period, name) => {
    const sums = [{ [period]: name, requests: 2 }];
    expect(await itemsOf(`analytics costs trends --group-by ${period}`)).toMatchObject(sums);
    expect(await itemsOf(`analytics requests trends --group-by ${period}`)).toMatchObject(sums);
  });

  it('tells how requests went', async () => {
    const { stdout } = await cli('analytics requests stats --json'.split(' '), { services });
    expect(parseTrustedJson(stdout)).toMatchObject({
      requests: 2,
      completed: 2,
      failed: 0,
      converted: 1,
      cached: 1,
      fell_back: 1,
      latency_ms_p50: 812.3,
    });
    expect(await itemsOf('analytics requests stats --by tenant')).toMatchObject([{ tenant: 'tenant-1', requests: 2 }]);
    expect(await itemsOf('analytics requests models')).toHaveLength(2);
  });

  it('leaves out what was not asked for', async () => {
    expect(await itemsOf('analytics costs breakdown --department research')).toMatchObject([{ requests: 1 }]);
    expect(await itemsOf('analytics costs breakdown --user u-ada')).toMatchObject([{ requests: 1 }]);
    expect(await itemsOf('analytics costs breakdown --provider openai')).toEqual([]);
    const nothing = await cli('analytics costs summary --model nothing --json'.split(' '), { services });
    expect(parseTrustedJson(nothing.stdout)).toEqual({ requests: 0 });
  });

  it('says when there may be more than it shows', async () => {
    const { stderr } = await cli('analytics costs breakdown --by user --limit 1'.split(' '), { services });
    expect(stderr).toBe('only 1 are shown; --limit shows more\n');
  });
});

describe('infra audit', () => {
  it('is clean in the database, in the journal and in an export', async () => {
    await audit.checkpoint();
    await audit.caughtUp(10_000);
    for (const source of ['', ' --journal']) {
      const { code, stdout } = await infra(`audit verify --json${source}`);
      expect(code).toBe(0);
      expect(parseTrustedJson(stdout)).toMatchObject({ ok: true, records: 7, problems: [], first_bad: null });
    }
    await withExport(async (file) => {
      expect((await infra(`audit verify --export ${file}`)).stdout).toContain('clean');
    });
  });

  it('names the first bad record of an export that was edited, and exits 1', async () => {
    await withExport(async (file) => {
      writeFileSync(
        file,
        readFileSync(file, 'utf8').replace('"tool_name":"claude-sonnet"', '"tool_name":"claude-opus"'),
      );
      const { code, stdout } = await infra(`audit verify --export ${file} --json`);
      expect(code).toBe(1);
      expect(parseTrustedJson(stdout)).toMatchObject({ ok: false, first_bad: { id: ids.model } });
    });
  });

  it('holds what is here against a checkpoint that was kept elsewhere', async () => {
    const checkpoint = await audit.checkpoint();
    await withFile(`${checkpoint?.note}\n`, async (file) => {
      expect((await infra(`audit verify --checkpoint ${file}`)).code).toBe(0);
    });
    await withFile(JSON.stringify(checkpoint), async (file) => {
      expect((await infra(`audit verify --checkpoint ${file}`)).code).toBe(0);
    });
    const root = 'A'.repeat(43);
    await withFile(`${checkpoint?.note.replace(/\n[^\n]{43}=\n/, `\n${root}=\n`)}\n`, async (file) => {
      expect((await infra(`audit verify --checkpoint ${file}`)).code).toBe(1);
    });
    await withFile('nothing signed', async (file) => {
      expect((await infra(`audit verify --checkpoint ${file}`)).code).toBe(2);
    });
    expect((await infra('audit verify --checkpoint /nowhere/at/all')).code).toBe(5);
  });

  it('trusts the keys that it is given instead of those of the home', async () => {
    await withFile(`${Buffer.alloc(32, 7).toString('base64')}\n`, async (file) => {
      expect((await infra(`audit verify --keys ${file}`)).code).toBe(1);
    });
    await withFile('c2hvcnQ=\n', async (file) => {
      expect((await infra(`audit verify --keys ${file}`)).code).toBe(2);
    });
  });

  it('says when the newest records may be missing, and goes on', async () => {
    const runtime = { pid: 1, port: 1, baseUrl: 'http://127.0.0.1:1', profile: 'local', startedAtMs: 0 };
    const door = { baseUrl: '', call: async () => ({ status: 504, headers: {}, text: '{"title":"too slow"}' }) };
    const { code, stderr } = await cli(['infra', 'logs', 'summary'], {
      services: { ...services, runtime: async () => runtime, server: async () => door },
    });
    expect(code).toBe(0);
    expect(stderr).toContain('the newest records may be missing: too slow');
  });
});

async function withExport(run: (file: string) => Promise<void>): Promise<void> {
  await withFile((await infra('audit export')).stdout, run);
}

async function withFile(text: string, run: (file: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'evidence-'));
  try {
    writeFileSync(join(directory, 'file'), text);
    await run(join(directory, 'file'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
