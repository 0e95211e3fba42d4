import { describe, expect, it } from 'vitest';
import { gatewayConfigSchema, providersConfigSchema } from '#features/gateway/config';
import { parseTrustedJson } from '#foundation/json';
import type { RouteDesk, RouteEdit } from './route-desk.ts';
import type { ServerCall } from './server-door.ts';
import { fakeIdentityDesk } from './testing/identity-desk.ts';
import { cli } from './testing/run-in-process.ts';

const GATEWAY = {
  routes: [
    { id: 'research', model_pattern: 'claude-*', provider: 'own', when: { departments: ['research'] } },
    {
      id: 'claude',
      model_pattern: 'claude-*',
      provider: 'anthropic',
      fallbacks: [{ provider: 'openai', upstream_model: 'gpt-5' }],
    },
  ],
};
const PROVIDERS = [
  {
    name: 'own',
    wire: 'gemini',
    endpoint: 'https://models.example/v1beta',
    api_key_secret: 'own-key',
    extra_headers: { 'x-team': 'hidden-value' },
    models: [{ id: 'claude-x', aliases: ['claude-y'] }],
  },
];

function bench(gateway: unknown = GATEWAY, status = 200) {
  const edits: (RouteEdit & { readonly dryRun: boolean })[] = [];
  const calls: ServerCall[] = [];
  const desk: RouteDesk = {
    setup: async () => ({
      gateway: gatewayConfigSchema.parse(gateway),
      providers: providersConfigSchema.parse(PROVIDERS),
      registered: [],
    }),
    async edit(edit, options) {
      edits.push({ ...edit, ...options });
      return { file: '/home/profile.yaml' };
    },
  };
  const services = {
    routes: () => desk,
    identity: async () => fakeIdentityDesk().desk,
    server: async () => ({
      baseUrl: '',
      async call(call: ServerCall) {
        calls.push(call);
        return { status, headers: { 'x-systemprompt-request-id': 'req_1' }, text: '{"pong":true}' };
      },
    }),
  };
  const run = (line: string) => cli(['admin', 'config', ...line.split(' ')], { services });
  const json = async (line: string) => parseTrustedJson((await run(`${line} --json`)).stdout);
  return { edits, calls, run, json };
}

describe('admin config provider', () => {
  it('lists every upstream, from where it is known, and who uses it', async () => {
    const { json } = bench();
    expect(await json('provider list')).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({ name: 'mock', from: 'built in', routes: [] }),
        expect.objectContaining({
          name: 'own',
          from: 'profile',
          wire: 'gemini',
          secret: 'own-key',
          routes: ['research'],
        }),
      ]),
    });
    expect(await json('provider list --used')).toMatchObject({
      items: [{ name: 'anthropic' }, { name: 'openai', routes: ['claude'] }, { name: 'own' }],
    });
  });

  it('shows one, with the names of its headers and not what is in them', async () => {
    const { json, run } = bench();
    expect(await json('provider show own')).toMatchObject({
      auth_scheme: 'x-goog-api-key',
      extra_headers: ['x-team'],
      models: [{ id: 'claude-x', aliases: ['claude-y'] }],
    });
    expect((await run('provider show own --json')).stdout).not.toContain('hidden-value');
    expect((await run('provider show nobody')).code).toBe(5);
  });
});

describe('admin config gateway route', () => {
  it('lists the routes in the order in which they are tried, the one that nobody wrote too', async () => {
    expect(await bench({ ...GATEWAY, default_provider: 'mock' }).json('gateway route list')).toMatchObject({
      items: [
        { place: 1, id: 'research', when: { departments: ['research'] }, provider: 'own', written: true },
        { place: 2, id: 'claude', fallbacks: ['openai=gpt-5'], written: true },
        { place: 3, id: 'default', pattern: '*', provider: 'mock', written: false },
      ],
    });
    expect((await bench({ routes: [] }).run('gateway route list')).stderr).toBe('none: no model is served\n');
  });

  it('adds one before all others, or where it is told to', async () => {
    const { edits, json, run } = bench();
    const line = 'gateway route add fast --provider groq --id quick --upstream-model llama --fallback own=claude-x';
    expect(await json(`${line} --role admin --department a,b`)).toMatchObject({ id: 'quick', place: 1 });
    expect(edits).toEqual([
      {
        kind: 'add',
        index: 0,
        dryRun: false,
        route: {
          id: 'quick',
          model_pattern: 'fast',
          provider: 'groq',
          upstream_model: 'llama',
          when: { roles: ['admin'], departments: ['a', 'b'] },
          fallbacks: [{ provider: 'own', upstream_model: 'claude-x' }],
        },
      },
    ]);
    await run('gateway route add x --provider mock --before claude');
    await run('gateway route add x --provider mock --last --dry-run');
    expect(edits.slice(1)).toMatchObject([
      { index: 1, dryRun: false },
      { index: 2, dryRun: true },
    ]);
    expect((await run('gateway route add x --provider mock --before nobody')).code).toBe(5);
    expect((await run('gateway route add x --provider mock --endpoint ftp://x')).code).toBe(2);
    expect(edits).toHaveLength(3);
  });

  it('writes what is done with what models say, and refuses what no guard knows', async () => {
    const { edits, run } = bench();
    expect((await run('gateway route add x --provider mock --guard secrets=redact --guard canaries=block')).code).toBe(
      0,
    );
    expect(edits).toMatchObject([{ kind: 'add', route: { output_guard: { secrets: 'redact', canaries: 'block' } } }]);
    expect((await run('gateway route add x --provider mock --guard secrets=forget')).code).toBe(2);
    expect((await run('gateway route add x --provider mock --guard rumours')).code).toBe(2);
  });

  it('says that what was served by default still is', async () => {
    expect((await bench({}).run('gateway route add x --provider mock')).stderr).toContain('default_provider');
    expect((await bench().run('gateway route add x --provider mock')).stderr).not.toContain('default_provider');
  });

  it('removes one only when it is told to', async () => {
    const { edits, run, json } = bench();
    expect((await run('gateway route remove claude')).code).not.toBe(0);
    expect(edits.every(({ dryRun }) => dryRun)).toBe(true);
    expect(await json('gateway route remove claude --dry-run')).toMatchObject({ dry_run: true, would: 'remove' });
    expect(await json('gateway route remove claude --yes')).toMatchObject({ removed: true });
    expect(edits.at(-1)).toEqual({ kind: 'remove', index: 1, dryRun: false });
    expect((await run('gateway route remove nobody --yes')).code).toBe(5);
  });

  it('tells where a model would go, for whom, and what would be asked after that', async () => {
    const { json, run } = bench();
    expect(await json('gateway route test claude-x')).toMatchObject({
      route: 'claude',
      role: 'user',
      passed_over: ['research'],
      upstreams: [
        { provider: 'anthropic', model: 'claude-x', dialect: 'anthropic' },
        { provider: 'openai', model: 'gpt-5', dialect: 'openai-chat' },
      ],
    });
    expect(await json('gateway route test claude-y --department research --dialect openai-responses')).toMatchObject({
      route: 'research',
      passed_over: [],
      upstreams: [{ provider: 'own', model: 'claude-x', dialect: 'gemini', secret: 'own-key' }],
    });
    const { code, stderr } = await run('gateway route test gpt-5');
    expect(code).toBe(5);
    expect(stderr).toContain('no route serves it');
  });

  it.each([
    ['anthropic', '/v1/messages'],
    ['openai-chat', '/v1/chat/completions'],
    ['openai-responses', '/v1/responses'],
    ['gemini', '/v1beta/models/claude-x:generateContent'],
  ])('asks in %s when it is told to, with a credential of the user', async (dialect, path) => {
    const { calls, json } = bench();
    const line = `gateway route test claude-x --dialect ${dialect} --user ada@example.com --send`;
    expect(await json(line)).toMatchObject({ sent: { status: 200, request_id: 'req_1', answer: '{"pong":true}' } });
    expect(calls).toMatchObject([
      { method: 'POST', path, headers: { authorization: expect.stringMatching(/^Bearer ./) } },
    ]);
  });

  it('asks nobody without a user, and exits by what came back', async () => {
    const { calls, run } = bench();
    expect((await run('gateway route test claude-x --send')).code).toBe(2);
    await run('gateway route test claude-x --user ada@example.com');
    expect(calls).toEqual([]);
    const send = 'gateway route test claude-x --user ada@example.com --send';
    expect((await bench(GATEWAY, 403).run(send)).code).toBe(4);
    expect((await bench(GATEWAY, 502).run(send)).code).toBe(7);
  });
});
