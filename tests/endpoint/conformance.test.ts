import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ROLES } from '#governance/identity/role';
import type { Endpoint, GuardedEndpoint } from '#surfaces/http/endpoint';
import { isOpen } from '#surfaces/http/endpoint';
import { type EndpointHandlers, endpointTable } from '#surfaces/http/endpoint-table';
import { startTestApp, type TestApp } from '#tests/support/app';
import type { HttpAnswer } from '#tests/support/http-client';
import { proves } from '#tests/support/proves';

proves('identity.pat', 'identity.local-jwt', 'gateway.off-by-profile', 'pipeline.every-decision-recorded');

const BODY_BYTES_MAX = 8_192;

/** The table as the product builds it; its handlers are never called here, because requests go to the real server. */
function table(): readonly Endpoint[] {
  const handler = async () => undefined;
  const gateway = { messages: handler, countTokens: handler, models: handler, model: handler };
  const names =
    `health livez readyz hello metrics home signIn console caughtUp auditCheckpoint modelStatus mcpStatus mcpTools
    mcpCall mcpLogs govern track mcp mcpMetadata`.split(/\s+/);
  const handlers = { ...Object.fromEntries(names.map((name) => [name, handler])), gateway } as unknown;
  const limits = { messageBytesMax: BODY_BYTES_MAX, hookBytesMax: BODY_BYTES_MAX, mcpBytesMax: BODY_BYTES_MAX };
  return endpointTable({ ...(handlers as EndpointHandlers), mcpAudience: (server) => server }, limits);
}

const ROWS = table().map((row) => [`${row.method} ${row.path}`, row] as const);
const GUARDED = ROWS.flatMap(([name, row]): readonly (readonly [string, GuardedEndpoint])[] =>
  !isOpen(row) && row.auth.kind === 'credential' ? [[name, row]] : [],
);
const SURFACES = ['web', 'api', 'hooks', 'models', 'remote'];

let test: TestApp;
let admin: string;

beforeAll(async () => {
  test = await startTestApp({
    profile: {
      server: { message_bytes_max: BODY_BYTES_MAX, hook_bytes_max: BODY_BYTES_MAX, mcp_bytes_max: BODY_BYTES_MAX },
    },
  });
  admin = await test.pat('admin');
});

afterAll(() => test.dispose());

beforeEach(() => {
  // Refused authentications of one address are recorded up to a number a minute.
  test.clock.advance(60_000);
  test.upstream.forget();
});

function pathOf(row: Endpoint): string {
  return row.path.replace('{server}', 'remote').replace('{tool}', 'echo').replace('{id}', 'claude-x');
}

/** Something that the row's handler would accept. */
function bodyOf(row: Endpoint): object | undefined {
  if (row.method !== 'POST') return undefined;
  if (row.path.startsWith('/v1/')) {
    return { model: 'claude-x', max_tokens: 1, messages: [{ role: 'user', content: 'x' }] };
  }
  if (row.path.includes('hooks')) return { hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_input: {} };
  return row.errors === 'json_rpc' ? { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} } : {};
}

type Attack = { readonly headers?: Record<string, string>; readonly body?: object | string | Buffer | undefined };

function send(row: Endpoint, { headers = {}, body = bodyOf(row) }: Attack = {}): Promise<HttpAnswer> {
  const typed = { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers };
  return test.send({ method: row.method, path: pathOf(row), headers: typed, ...(body === undefined ? {} : { body }) });
}

const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` });

function audienceOf(row: GuardedEndpoint): string {
  return typeof row.auth.audience === 'string' ? row.auth.audience : row.auth.audience({ server: 'remote' });
}

/** Refused in the row's own words, marked with its ids, and without an effect. */
async function expectRefused(row: Endpoint, answer: HttpAnswer, status: number): Promise<void> {
  expectMarked(answer);
  expect(answer.status).toBe(row.errors === 'hook' ? 200 : status);
  const requestId = answer.headers['x-systemprompt-request-id'];
  switch (row.errors) {
    case 'hook':
      expect(answer.json.hookSpecificOutput).toMatchObject({ permissionDecision: 'deny' });
      break;
    case 'anthropic':
      expect(answer.json).toMatchObject({
        type: 'error',
        error: { message: expect.any(String) },
        request_id: requestId,
      });
      break;
    case 'json_rpc':
      expect(answer.json).toMatchObject({ jsonrpc: '2.0', error: { code: expect.any(Number) } });
      break;
    case 'problem':
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.json).toMatchObject({ status, code: expect.any(String), request_id: requestId });
  }
  expect(test.upstream.arrived).toEqual([]);
}

function expectMarked(answer: HttpAnswer): void {
  expect(answer.headers['x-systemprompt-request-id']).toMatch(/^req_[0-9a-f-]{36}$/);
  expect(answer.headers['x-systemprompt-trace-id']).toMatch(/^[0-9a-f]{32}$/);
}

/** A genuine token with one part of it replaced. */
function forge(token: string, change: (parts: string[]) => string[]): string {
  return change(token.split('.')).join('.');
}

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe.each(ROWS)('%s', (_name, row) => {
  it('marks its answer, whatever it is', async () => {
    expectMarked(await send(row));
    expectMarked(await send(row, { headers: bearer(admin) }));
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const traced = await send(row, { headers: { ...bearer(admin), traceparent: `00-${traceId}-00f067aa0ba902b7-01` } });
    expect(traced.headers['x-systemprompt-trace-id']).toBe(traceId);
  });

  it('takes no body beyond its bound', async () => {
    const answer = await send(row, { headers: bearer(admin), body: Buffer.alloc(row.bodyBytesMax + 1, 0x20) });
    await expectRefused(row, answer, 413);
  });

  it('takes no compressed body', async () => {
    const answer = await send(row, { headers: { ...bearer(admin), 'content-encoding': 'gzip' }, body: 'x' });
    await expectRefused(row, answer, 415);
  });
});

describe.each(GUARDED)('%s', (_name, row) => {
  it.each([
    ['no credential', {}],
    ['an empty one', { authorization: '' }],
    ['another scheme', { authorization: 'Basic YWRtaW46YWRtaW4=' }],
    ['garbage', bearer('garbage')],
    ['a token of nobody', bearer(`sp-live-${'0'.repeat(12)}.${'0'.repeat(52)}`)],
    ['a huge one', bearer('x'.repeat(9_000))],
    ['an identity header', { 'x-user-id': 'admin@localhost', 'x-role': 'admin', 'x-forwarded-user': 'admin' }],
  ])('refuses %s', async (_what, headers) => {
    await expectRefused(row, await send(row, { headers: { ...headers } }), 401);
  });

  it('refuses a credential in the query', async () => {
    const path = `${pathOf(row)}?access_token=${admin}&api_key=${admin}&key=${admin}`;
    const answer = await test.send({ method: row.method, path, headers: {}, body: bodyOf(row) ?? '' });
    await expectRefused(row, answer, 401);
  });

  it('refuses an expired token and one from the future', async () => {
    const hour = 3_600_000;
    const nowMs = test.clock.nowMs();
    const audience = audienceOf(row);
    const past = { issuedAtMs: nowMs - 2 * hour, notBeforeMs: nowMs - 2 * hour, expiresAtMs: nowMs - hour };
    const future = { issuedAtMs: nowMs + hour, notBeforeMs: nowMs + hour, expiresAtMs: nowMs + 2 * hour };
    for (const claims of [past, future, { issuer: 'somebody-else' }, { tenantId: 'other' }, { userId: 'nobody' }]) {
      const token = await test.token(audience, { role: 'admin', ...claims });
      await expectRefused(row, await send(row, { headers: bearer(token) }), 401);
    }
  });

  it('refuses a token for every other audience', async () => {
    const others = SURFACES.filter((surface) => surface !== audienceOf(row));
    const token = await test.token(others, { role: 'admin' });
    await expectRefused(row, await send(row, { headers: bearer(token) }), 401);
  });

  it('refuses a token whose signature, algorithm, claims or header were changed', async () => {
    const audience = audienceOf(row);
    const genuine = await test.token(audience, { role: 'user' });
    const claims = JSON.parse(Buffer.from(genuine.split('.')[1] ?? '', 'base64url').toString());
    const forged = [
      forge(genuine, ([head = '', body = '', mac = '']) => [head, body, (mac[0] === 'A' ? 'B' : 'A') + mac.slice(1)]),
      forge(genuine, ([head = '', , mac = '']) => [head, encoded({ ...claims, sub: 'admin' }), mac]),
      forge(genuine, ([, body = '']) => [encoded({ alg: 'none', typ: 'at+jwt' }), body, '']),
      forge(genuine, ([, body = '', mac = '']) => [encoded({ alg: 'none', typ: 'at+jwt' }), body, mac]),
      forge(genuine, ([, body = '', mac = '']) => [encoded({ alg: 'HS256', typ: 'JWT' }), body, mac]),
      forge(genuine, ([, body = '']) => {
        const head = encoded({ alg: 'HS256', typ: 'at+jwt' });
        return [head, body, createHmac('sha256', '').update(`${head}.${body}`).digest('base64url')];
      }),
      `${genuine}=`,
      `${genuine}.`,
    ];
    for (const token of forged) await expectRefused(row, await send(row, { headers: bearer(token) }), 401);
  });

  it('refuses two different credentials', async () => {
    const headers = { ...bearer(admin), 'x-api-key': await test.pat('user') };
    await expectRefused(row, await send(row, { headers }), 401);
  });

  it('refuses every role that it is not for', async () => {
    for (const role of ROLES.filter(
      (candidate) =>
        row.auth.kind === 'credential' && row.auth.roles !== undefined && !row.auth.roles.includes(candidate),
    )) {
      await expectRefused(row, await send(row, { headers: bearer(await test.pat(role)) }), 403);
    }
  });

  it('refuses a revoked personal access token from the moment that this process hears of it', async () => {
    const pat = await test.pat('admin');
    const before = await send(row, { headers: bearer(pat) });
    expect([401, 403]).not.toContain(before.status);
    test.upstream.forget();
    await test.revoke(pat);
    await expectRefused(row, await send(row, { headers: bearer(pat) }), 401);
  });
});

describe('a refusal of a governed row', () => {
  it.each(GUARDED.filter(([, row]) => row.refusedAs !== undefined))('%s is a recorded decision', async (_name, row) => {
    const answer = await send(row, { headers: bearer('garbage') });
    const requestId = answer.headers['x-systemprompt-request-id'];
    const rows = (await test.decisions()).filter((decision) => decision.evaluated_rules.request_id === requestId);
    expect(rows).toMatchObject([
      { decision: 'deny', policy: 'authentication', user_id: 'anonymous', call_kind: row.refusedAs },
    ]);
  });
});

/** These take a form, or no body at all. */
const NOT_JSON = ['/sign-in', '/api/v1/admin/audit/caught-up', '/api/v1/admin/audit/checkpoint'];

describe.each(ROWS.filter(([, row]) => row.method === 'POST' && !NOT_JSON.includes(row.path)))('%s', (_name, row) => {
  it.each([
    ['torn JSON', '{"a":'],
    ['two values', '{}{}'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xc3, 0x28, 0x22, 0x7d])],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
    ['200 levels', `{"a":${'['.repeat(200)}${']'.repeat(200)}}`],
    ['a key twice', '{"model":"a","model":"b","method":"ping","method":"tools/call"}'],
    ['a key twice, once in disguise', '{"model":"a","\\u006dodel":"b"}'],
    ['NaN', '{"a":NaN}'],
  ])('refuses %s', async (_what, body) => {
    await expectRefused(row, await send(row, { headers: bearer(admin), body }), 400);
  });
});

describe('what is not in the table', () => {
  it('is not served', async () => {
    for (const path of ['/api', '/v1', '/v1/', '/v1/complete', '/admin/', '/api/v1/admin', '/.env', '/health/']) {
      const answer = await test.send({ path, headers: bearer(admin) });
      expectMarked(answer);
      expect(answer.status).toBe(404);
    }
  });

  it('is no other method of a path that is', async () => {
    const answer = await test.send({ method: 'PUT', path: '/v1/messages', headers: bearer(admin), body: {} });
    expect([answer.status, answer.json.error.type]).toEqual([400, 'invalid_request_error']);
    expect(test.upstream.arrived).toEqual([]);
  });

  it('is the gateway, while the profile leaves it disabled', async () => {
    const off = await startTestApp({ profile: { gateway: { enabled: false } } });
    try {
      const headers = bearer(await off.pat('admin'));
      for (const [, row] of ROWS.filter(([, { path }]) => path.startsWith('/v1/'))) {
        const body = bodyOf(row);
        const answer = await off.send({
          method: row.method,
          path: pathOf(row),
          headers,
          ...(body === undefined ? {} : { body }),
        });
        expect(answer.status).toBe(404);
      }
      expect(off.upstream.arrived).toEqual([]);
    } finally {
      await off.dispose();
    }
  });
});

describe('the access table', () => {
  it('is the one that was reviewed', async () => {
    const lines = [];
    for (const [name, row] of ROWS) {
      const cells = [];
      for (const headers of await credentialsFor(row)) {
        test.clock.advance(60_000);
        const answer = await send(row, { headers });
        cells.push(outcomeOf(row, answer).padEnd(9));
      }
      lines.push(`${name.padEnd(75)} ${cells.join(' ')}`.trimEnd());
    }
    const columns = ['none', 'garbage', 'expired', 'audience', ...ROLES].map((column) => column.padEnd(9));
    const text = `${''.padEnd(75)} ${columns.join(' ')}`.trimEnd();
    await expect(`${[text, ...lines].join('\n')}\n`).toMatchFileSnapshot('access-table.txt');
  });
});

async function credentialsFor(row: Endpoint): Promise<readonly Record<string, string>[]> {
  const audience =
    isOpen(row) || row.auth.kind !== 'credential' ? 'api' : audienceOf({ ...row, auth: row.auth } as GuardedEndpoint);
  const expired = await test.token(audience, { role: 'admin', expiresAtMs: test.clock.nowMs() - 3_600_000 });
  const elsewhere = await test.token('elsewhere', { role: 'admin' });
  const roles = await Promise.all(ROLES.map((role) => test.token(audience, { role })));
  return [{}, bearer('garbage'), bearer(expired), bearer(elsewhere), ...roles.map(bearer)];
}

/** Who passes the door is what this table is about; what the handler then says is its own. */
function outcomeOf(row: Endpoint, answer: HttpAnswer): string {
  if (row.errors === 'hook') return answer.json.hookSpecificOutput.permissionDecision;
  return answer.status === 401 || answer.status === 403 ? String(answer.status) : 'admitted';
}
