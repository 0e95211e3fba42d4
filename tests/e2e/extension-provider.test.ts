import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type FakeProvider, SAID, startFakeProvider } from '#tests/support/fake-providers';
import { proves } from '#tests/support/proves';
import { startTestServer, type TestServer } from '#tests/support/server';
import { ROOT } from '#tests/support/source-files';

proves('seed.custom-provider', 'seed.extensions');

const EXAMPLE = join(ROOT, 'examples', 'extension-provider', 'extension.ts');
const KEY = 'acme_live_q7Zp2Lm9Xc4Vb8Nt1Rk6Wd3H';
const SOON = { timeout: 15_000, interval: 100 };
const SHADOWING = `export const extension = {
  name: 'shadow',
  providers: [{ name: 'groq', wire: 'openai-chat', endpoint: process.env.ACME_ENDPOINT }],
};
`;

let upstream: FakeProvider;
let directory: string;
let server: TestServer;
let token: string;

const shadowFile = () => join(directory, 'shadow.mjs');
const profile = (rest = '') => `extensions:
  - ${join(directory, 'extension.ts')}
  - ${shadowFile()}
gateway:
  routes:
    - { model_pattern: "acme-*", provider: acme }
    - { model_pattern: "shadowed-*", provider: groq, allow_unpriced: true }
${rest}`;

beforeAll(async () => {
  upstream = await startFakeProvider('openai-chat');
  directory = mkdtempSync(join(tmpdir(), 'systemprompt-extension-'));
  // Outside of the checkout, so that nothing of it is found by accident.
  copyFileSync(EXAMPLE, join(directory, 'extension.ts'));
  chmodSync(join(directory, 'extension.ts'), 0o600);
  writeFileSync(shadowFile(), SHADOWING, { mode: 0o600 });
  server = await startTestServer({
    profile: profile(),
    secrets: { acme_api_key: 'upstream-key-of-acme-0001' },
    environment: { ACME_ENDPOINT: upstream.endpoint },
  });
  token = (await server.cli(['admin', 'session', 'login', '--email', 'admin@localhost', '--token-only'])).stdout.trim();
});
afterAll(async () => {
  await server.dispose();
  await upstream.close();
  rmSync(directory, { recursive: true });
});

async function ask(content: string, model = 'acme-large', stream = false) {
  const response = await fetch(`${server.baseUrl}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ model, max_tokens: 64, stream, messages: [{ role: 'user', content }] }),
  });
  return { status: response.status, text: await response.text() };
}

async function latestDecision() {
  const found = await server.cliJson<{ items: readonly Record<string, unknown>[] }>([
    'infra',
    'db',
    'query',
    'SELECT decision, policy, reason, evaluated_rules FROM governance_decisions ORDER BY seq DESC LIMIT 1',
  ]);
  return found.items[0] ?? {};
}

describe('the example extension', () => {
  it.each([false, true])('takes a request to its upstream in its own form, streaming: %s', async (stream) => {
    upstream.received.length = 0;
    const answer = await ask('hello', 'acme-large', stream);
    expect(answer).toMatchObject({ status: 200, text: expect.stringContaining(SAID.text.split(' ')[0] ?? '') });
    expect(upstream.received).toHaveLength(1);
    const [got] = upstream.received;
    expect(got?.path).toBe('/deployments/acme-large/chat/completions');
    expect(got?.headers.authorization).toBe('Bearer upstream-key-of-acme-0001');
    const digest = createHash('sha256')
      .update(got?.text ?? '')
      .digest('hex');
    expect(got?.headers['x-body-sha256']).toBe(digest);
  });

  it('has its requests priced by its own prices and recorded as any other', async () => {
    await ask('hello');
    await vi.waitFor(async () => {
      const { items } = await server.cliJson<{ items: readonly Record<string, unknown>[] }>([
        'infra',
        'db',
        'query',
        'SELECT provider, cost_microdollars FROM ai_requests ORDER BY created_at DESC LIMIT 1',
      ]);
      expect(items[0]?.provider).toBe('acme');
      expect(Number(items[0]?.cost_microdollars)).toBeGreaterThan(0);
    }, SOON);
  });

  it('denies by its check before anything is sent, with the check in the decision', async () => {
    upstream.received.length = 0;
    const answer = await ask('tell me of PROJECT-NIGHTFALL');
    expect(answer.text).toContain('this project is under embargo');
    expect(answer.status).toBe(400);
    expect(upstream.received).toEqual([]);
    const decision = await latestDecision();
    expect(decision).toMatchObject({ decision: 'deny', policy: 'acme_project_names' });
    expect(JSON.stringify(decision.evaluated_rules)).toContain('embargo');
  });

  it('has its secrets found, and never written down', async () => {
    upstream.received.length = 0;
    const answer = await ask(`my key is ${KEY}`);
    expect(answer.text).toContain('acme-api-key');
    expect(upstream.received).toEqual([]);
    const decision = JSON.stringify(await latestDecision());
    expect(decision).toContain('secret_scan');
    expect(decision).not.toContain(KEY);
  });
});

describe('an extension that shadows a built-in provider', () => {
  it('takes its place, and the log warns of it', async () => {
    upstream.received.length = 0;
    expect((await ask('hello', 'shadowed-1')).status).toBe(200);
    expect(upstream.received.map(({ path }) => path)).toEqual(['/v1/chat/completions']);
    const log = readFileSync(join(server.home, 'logs', 'systemprompt.log'), 'utf8');
    expect(log).toMatch(/"level":40.*the provider groq of an extension takes the place of the built-in provider/);
  });
});

describe('an edit of an extension', () => {
  it('that is broken changes nothing and is told; one that is whole decides the next call', async () => {
    writeFileSync(shadowFile(), 'throw new Error("half written");');
    await vi.waitFor(() => expect(server.output()).toMatch(/shadow\.mjs fails as it is loaded: half written/), SOON);
    expect((await ask('hello', 'shadowed-1')).status).toBe(200);
    writeFileSync(
      shadowFile(),
      SHADOWING.replace(
        "name: 'shadow',",
        "name: 'shadow', checks: [{ id: 'nobody', appliesTo: ['model_request'], judge() { throw new Error('a'); } }],",
      ),
    );
    await vi.waitFor(async () => expect((await ask('hello', 'shadowed-1')).status).toBe(400), SOON);
    expect(await latestDecision()).toMatchObject({ decision: 'deny', policy: 'nobody' });
  });
});

describe('a start', () => {
  it.each([
    ['throws', 'throw new Error("no licence");', /bad\.mjs fails as it is loaded: no licence; mend the file/],
    ['exports nothing', 'export const other = 1;', /bad\.mjs exports no extension; write: export const extension/],
    ['is of another shape', 'export const extension = { name: "x", upstreams: [] };', /Unrecognized key: "upstreams"/],
  ])('is refused when an extension %s, with the file, what and the remedy', async (_, text, problem) => {
    const home = mkdtempSync(join(tmpdir(), 'systemprompt-refused-'));
    mkdirSync(join(home, 'profiles', 'local'), { recursive: true });
    writeFileSync(join(home, 'bad.mjs'), text, { mode: 0o600 });
    writeFileSync(join(home, 'profiles', 'local', 'profile.yaml'), 'extensions: [bad.mjs]\n');
    const told = await server.cli(['--home', home, 'infra', 'services', 'serve']);
    const checked = await server.cli(['--home', home, 'admin', 'config', 'validate']);
    rmSync(home, { recursive: true });
    expect(checked.code).not.toBe(0);
    expect(`${checked.stdout}${checked.stderr}`).toMatch(problem);
    expect(told.code).not.toBe(0);
    expect(told.stderr).toMatch(problem);
    expect(told.stderr).toMatch(/profile\.yaml:1:\d+ extensions\[0\]/);
  });
});
