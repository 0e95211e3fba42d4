import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

const RULES = 'governance/config.yaml';
const SOON = { timeout: 10_000, interval: 25 };

let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await startTestServer({
    profile: profileWith('first-*'),
    services: { 'config/config.yaml': `includes: [../${RULES}]\n`, [RULES]: rulesWith(100) },
  });
  const person = await server.cliJson<{ id: string }>([
    ...['admin', 'users', 'create', '--name', 'caller', '--email', 'caller@example.org'],
  ]);
  const issued = ['admin', 'users', 'pat', 'issue', person.id, '--name', 'reload'];
  token = (await server.cliJson<{ secret: string }>(issued)).secret;
});

afterAll(() => server?.dispose());

function profileWith(pattern: string): string {
  return `gateway:
  enabled: true
  routes: [{ model_pattern: "${pattern}", provider: mock, allow_unpriced: true }]
`;
}

function rulesWith(limit: number, key = 'requests_per_window'): string {
  return `governance:
  policies:
    - id: rate_limit
      ${key}: ${limit}
      principal_multiplier: 1000
`;
}

/** In place, as a script writes it. */
function overwrite(text: string): void {
  writeFileSync(join(server.home, 'tree', RULES), text);
}

/** A new file in the place of the old one, as an editor does. */
function replace(text: string): void {
  const path = join(server.home, 'tree', RULES);
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

type Answer = { readonly permissionDecision: string; readonly permissionDecisionReason?: string };

async function govern(session: string): Promise<Answer> {
  const response = await fetch(`${server.baseUrl}/api/public/hooks/govern`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ hook_event_name: 'PreToolUse', session_id: session, tool_name: 'Read', tool_input: {} }),
  });
  const answer = (await response.json()) as { readonly hookSpecificOutput: Answer };
  return answer.hookSpecificOutput;
}

async function health(): Promise<Record<string, unknown>> {
  const response = await fetch(`${server.baseUrl}/health`);
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

const until = (session: string, decision: 'allow' | 'deny') =>
  vi.waitFor(async () => {
    const answer = await govern(session);
    expect(answer.permissionDecision).toBe(decision);
    return answer;
  }, SOON);

describe('an edit of the limits', () => {
  it('decides the next calls, lower and higher, without a restart', async () => {
    const { pid } = server;
    for (let call = 0; call < 4; call++) expect(await govern('edited')).toMatchObject({ permissionDecision: 'allow' });
    replace(rulesWith(3));
    expect((await until('edited', 'deny')).permissionDecisionReason).toContain('the limit of 3 calls');
    for (let call = 0; call < 3; call++) expect(await govern('fresh')).toMatchObject({ permissionDecision: 'allow' });
    expect((await govern('fresh')).permissionDecision).toBe('deny');
    overwrite(rulesWith(5));
    await until('fresh', 'allow');
    expect(await govern('fresh')).toMatchObject({ permissionDecision: 'allow' });
    expect((await govern('fresh')).permissionDecisionReason).toContain('the limit of 5 calls');
    expect(server.pid).toBe(pid);
  });
});

describe('an edit that is broken', () => {
  // Each row's limit is what the row before leaves in force.
  it.each([
    [
      'by an unknown key',
      5,
      rulesWith(1, 'requests_per_windw'),
      /config\.yaml:4:\d+ .*did you mean requests_per_window/,
    ],
    ['by a wrong type', 6, rulesWith(1).replace(': 1\n', ': lots\n'), /config\.yaml:4:\d+ /],
    ['by its form', 7, 'governance: [\n', /config\.yaml:2:1: flow sequence/],
    ['by a variable that is not there', 8, rulesWith(1).replace(': 1\n', `: \${NOWHERE}\n`), /NOWHERE/],
  ])(
    '%s stands in /health and in the log, and the limit of %i stays until it is mended',
    async (how, limit, text, problem) => {
      replace(text);
      const told = await vi.waitFor(async () => {
        const found = await health();
        expect(found).toMatchObject({ status: 'degraded', configuration: { status: 'edit refused' } });
        return found;
      }, SOON);
      expect(JSON.stringify(told)).toMatch(problem);
      expect(server.output()).toMatch(problem);
      expect(readFileSync(join(server.home, 'logs', 'systemprompt.log'), 'utf8')).toMatch(problem);
      expect((await fetch(`${server.baseUrl}/readyz`)).status).toBe(200);
      const session = how.replaceAll(' ', '-');
      for (let call = 0; call < limit; call++)
        expect(await govern(session)).toMatchObject({ permissionDecision: 'allow' });
      expect((await govern(session)).permissionDecisionReason).toContain(`the limit of ${limit} calls`);
      replace(rulesWith(limit + 1));
      await until(session, 'allow');
      expect(await health()).toMatchObject({ status: 'ok', configuration: { status: 'current' } });
    },
  );

  it('by a file that is gone changes nothing either', async () => {
    rmSync(join(server.home, 'tree', RULES));
    await vi.waitFor(async () => expect(JSON.stringify(await health())).toContain(RULES), SOON);
    for (let call = 0; call < 9; call++) expect((await govern('gone')).permissionDecision).toBe('allow');
    expect((await govern('gone')).permissionDecision).toBe('deny');
    overwrite(rulesWith(100));
    await until('gone', 'allow');
  });
});

describe('an edit of the routes', () => {
  it('sends the next request where it says', async () => {
    const ask = (model: string) =>
      fetch(`${server.baseUrl}/v1/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ model, max_tokens: 9, messages: [{ role: 'user', content: 'hello' }] }),
      }).then(async (response) => [response.status, await response.text()] as const);
    expect((await ask('first-1'))[0]).toBe(200);
    expect((await ask('second-1'))[0]).toBe(404);
    writeFileSync(join(server.home, 'profiles', 'local', 'profile.yaml'), profileWith('second-*'));
    await vi.waitFor(async () => expect((await ask('second-1'))[0]).toBe(200), SOON);
    expect((await ask('first-1'))[0]).toBe(404);
  });
});
