// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to the environment are what is tested

import { expect, test } from 'vitest';
import { z } from 'zod';
import { proves } from '#tests/support/proves';
import { assembleConfigSchema } from './assemble-schema.ts';
import { formatConfigProblem } from './config-problem.ts';
import { type ConfigResult, loadConfigTree } from './load-config-tree.ts';

proves('config.unknown-keys');

const serverSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('stdio'),
    command: z.string().min(1),
    sandbox: z
      .union([z.enum(['none', 'auto']), z.strictObject({ command: z.array(z.string()).min(1) })])
      .default('auto'),
  }),
  z.strictObject({ type: z.literal('http'), url: z.url() }),
]);

const schema = assembleConfigSchema({
  gateway: z
    .strictObject({
      enabled: z.boolean().default(true),
      port: z.int().min(1).max(65_535).default(8080),
      mode: z.enum(['strict', 'bounded']).default('strict'),
      routes: z.array(z.strictObject({ model_pattern: z.string(), provider: z.string() })).default([]),
    })
    .prefault({}),
  mcp_servers: z.record(z.string().regex(/^[a-z]+$/, 'must be lower-case letters'), serverSchema).default({}),
  rules: z.array(z.strictObject({ id: z.string() })).default([]),
});

type Files = Readonly<Record<string, string>>;

function load(
  files: Files,
  env: Record<string, string> = {},
  more: { rootOptional?: boolean } = {},
): Promise<ConfigResult<z.infer<typeof schema>>> {
  const readFile = async (path: string): Promise<string> => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return text;
  };
  return loadConfigTree({ root: '/tree/config/config.yaml', schema, env, readFile, ...more });
}

async function problemsOf(files: Files, env: Record<string, string> = {}): Promise<readonly string[]> {
  const result = await load(files, env);
  return result.ok ? [] : result.problems.map(formatConfigProblem);
}

async function configOf(files: Files, env: Record<string, string> = {}): Promise<z.infer<typeof schema>> {
  const result = await load(files, env);
  if (!result.ok) throw new Error(result.problems.map(formatConfigProblem).join('\n'));
  return result.value;
}

const ROOT = '/tree/config/config.yaml';

test('an empty file is a full configuration', async () => {
  const expected = {
    gateway: { enabled: true, port: 8080, mode: 'strict', routes: [] },
    mcp_servers: {},
    rules: [],
  };
  for (const text of ['', '# nothing\n', '---\n', 'gateway:\nmcp_servers:\n']) {
    expect(await configOf({ [ROOT]: text })).toEqual(expected);
  }
});

test('includes are relative to the file that names them, nested, and each read once in spite of cycles', async () => {
  const result = await load({
    [ROOT]: 'includes: [../mcp/all.yaml, ../mcp/one.yaml]\n',
    '/tree/mcp/all.yaml': 'includes: [one.yaml, two.yaml]\n',
    '/tree/mcp/one.yaml': 'includes: [../config/config.yaml]\nmcp_servers: { one: { type: stdio, command: a } }\n',
    '/tree/mcp/two.yaml': 'mcp_servers:\n  two: { type: http, url: "https://example.com" }\n',
  });
  expect(result.ok && Object.keys(result.value.mcp_servers)).toEqual(['one', 'two']);
  expect(result.sources).toEqual([ROOT, '/tree/mcp/all.yaml', '/tree/mcp/one.yaml', '/tree/mcp/two.yaml']);
});

test('a missing include is a problem at the line that names it', async () => {
  expect(await problemsOf({ [ROOT]: 'includes:\n  - ../mcp/gone.yaml\n' })).toEqual([
    `${ROOT}:2:5 includes[0]: there is no file /tree/mcp/gone.yaml`,
  ]);
});

test('a missing root is a problem, or an empty configuration where that is allowed', async () => {
  expect(await problemsOf({})).toEqual([`${ROOT}:1:1: there is no file ${ROOT}`]);
  expect((await load({}, {}, { rootOptional: true })).ok).toBe(true);
});

test('every problem is reported at once, in the order of the files, with the nearest known word', async () => {
  const problems = await problemsOf({
    [ROOT]: `includes: [../mcp/files.yaml]
gateway:
  enabld: true
  port: "8080"
  mode: strct
  routes:
    - model_patern: "claude-*"
      provider: 5
gatway: {}
`,
    '/tree/mcp/files.yaml': `mcp_servers:
  files:
    type: stdo
  remote:
    type: http
    ulr: https://example.com
  odd:
    command: x
  box:
    type: stdio
    command: ""
    sandbox: atuo
  crate:
    type: stdio
    command: x
    sandbox: { comand: [] }
  BAD: { type: stdio, command: x }
`,
  });
  expect(problems).toEqual([
    `${ROOT}:3:3 gateway.enabld: there is no such key (did you mean enabled?)`,
    `${ROOT}:4:3 gateway.port: must be a number, not text`,
    `${ROOT}:5:3 gateway.mode: must be one of strict, bounded (did you mean strict?)`,
    `${ROOT}:7:7 gateway.routes[0].model_pattern: is missing`,
    `${ROOT}:7:7 gateway.routes[0].model_patern: there is no such key (did you mean model_pattern?)`,
    `${ROOT}:8:7 gateway.routes[0].provider: must be text, not a number`,
    `${ROOT}:9:1 gatway: there is no such key (did you mean gateway?)`,
    '/tree/mcp/files.yaml:3:5 mcp_servers.files.type: must be one of stdio, http (did you mean stdio?)',
    '/tree/mcp/files.yaml:4:3 mcp_servers.remote.url: is missing',
    '/tree/mcp/files.yaml:6:5 mcp_servers.remote.ulr: there is no such key (did you mean url?)',
    '/tree/mcp/files.yaml:7:3 mcp_servers.odd.type: is missing; it must be one of stdio, http',
    '/tree/mcp/files.yaml:11:5 mcp_servers.box.command: must have at least 1 characters',
    '/tree/mcp/files.yaml:12:5 mcp_servers.box.sandbox: must be one of none, auto, a map (did you mean auto?)',
    '/tree/mcp/files.yaml:16:5 mcp_servers.crate.sandbox.command: is missing',
    '/tree/mcp/files.yaml:16:16 mcp_servers.crate.sandbox.comand: there is no such key (did you mean command?)',
    '/tree/mcp/files.yaml:17:3 mcp_servers.BAD: the name must be lower-case letters',
  ]);
});

test('broken syntax in one file and broken values in another are reported together', async () => {
  const problems = await problemsOf({
    [ROOT]: 'includes: [../mcp/broken.yaml]\ngateway: { port: 0 }\n',
    '/tree/mcp/broken.yaml': 'mcp_servers:\n  files: [\n',
  });
  expect(problems).toHaveLength(2);
  expect(problems[0]).toBe(`${ROOT}:2:12 gateway.port: must be at least 1`);
  expect(problems[1]).toMatch(/^\/tree\/mcp\/broken\.yaml:\d+:\d+: flow sequence/);
});

test('a key that stands twice is a problem with its place', async () => {
  const [problem, ...others] = await problemsOf({ [ROOT]: 'gateway:\n  port: 1\n  port: 2\n' });
  expect(problem).toMatch(/config\.yaml:3:3: map keys must be unique/);
  expect(others).toEqual([]);
});

test('one id in two files is a problem that names both places', async () => {
  const problems = await problemsOf({
    [ROOT]: 'includes: [a.yaml, b.yaml]\n',
    '/tree/config/a.yaml': 'mcp_servers:\n  files: { type: stdio, command: a }\nrules: [{ id: one }]\n',
    '/tree/config/b.yaml': 'mcp_servers:\n  files: { type: stdio, command: b }\nrules: [{ id: one }]\n',
  });
  expect(problems).toEqual([
    '/tree/config/b.yaml:2:3 mcp_servers.files: is already declared at /tree/config/a.yaml:2:3',
    '/tree/config/b.yaml:3:9 rules[1].id: is already declared at /tree/config/a.yaml:3:9',
  ]);
});

test('sections of several files are put together', async () => {
  const value = await configOf({
    [ROOT]: 'includes: [a.yaml]\ngateway: { port: 81 }\nrules: [{ id: one }]\n',
    '/tree/config/a.yaml': 'gateway: { enabled: false }\nrules: [{ id: two }]\n',
  });
  expect(value.gateway).toMatchObject({ port: 81, enabled: false });
  expect(value.rules).toEqual([{ id: 'one' }, { id: 'two' }]);
});

test('environment references are filled in, and keep the kind of value that an unquoted word has', async () => {
  const value = await configOf(
    { [ROOT]: 'gateway:\n  port: ${PORT}\n  mode: ${MODE:-bounded}\nrules: [{ id: "${PORT}" }, { id: "$${PORT}" }]\n' },
    { PORT: '9000' },
  );
  expect(value.gateway).toMatchObject({ port: 9000, mode: 'bounded' });
  expect(value.rules).toEqual([{ id: '9000' }, { id: '${PORT}' }]);
});

test('a value from the environment is text, never structure and never another reference', async () => {
  const value = await configOf({ [ROOT]: 'rules:\n  - id: ${EVIL}\n' }, { EVIL: 'x\n  - id: ${HOME}', HOME: '/root' });
  expect(value.rules).toEqual([{ id: 'x\n  - id: ${HOME}' }]);
});

test('the directory of a file can be named in it', async () => {
  const value = await configOf(
    { [ROOT]: 'includes: [../mcp/a.yaml]\n', '/tree/mcp/a.yaml': 'rules: [{ id: "${CONFIG_DIR}/run.mjs" }]\n' },
    { CONFIG_DIR: '/elsewhere' },
  );
  expect(value.rules).toEqual([{ id: '/tree/mcp/run.mjs' }]);
});

test('an unset variable without a default is one problem, not also a wrong type', async () => {
  expect(await problemsOf({ [ROOT]: 'gateway:\n  port: ${NO_SUCH}\n' })).toEqual([
    `${ROOT}:2:9 gateway.port: the environment variable NO_SUCH is not set and has no default`,
  ]);
});

test('no message repeats a value', async () => {
  const problems = await problemsOf(
    {
      [ROOT]: 'gateway: { port: "${KEY}", mode: "${KEY}", routes: "${KEY}" }\nmcp_servers: { a: { type: "${KEY}" } }\n',
    },
    { KEY: 'sk-very-secret' },
  );
  expect(problems).toHaveLength(4);
  expect(problems.join('\n')).not.toContain('sk-very-secret');
});

test('aliases are followed within a bound and an alias of itself ends', async () => {
  const anchors = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 9; level++) {
    const [before, name] = ['abcdefghi'.charAt(level - 1), 'abcdefghi'.charAt(level)];
    anchors.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`);
  }
  const bomb = await problemsOf({ [ROOT]: anchors.join('\n') });
  expect(bomb.some((problem) => problem.includes('more than 100000 values large'))).toBe(true);
  const loop = await problemsOf({ [ROOT]: 'rules: &r [*r]\n' });
  expect(loop.some((problem) => problem.includes('levels deep') || problem.includes('alias'))).toBe(true);
});

test('a file above the size bound, a list at the top, two documents and an unknown tag are refused', async () => {
  const first = async (text: string) => (await problemsOf({ [ROOT]: text }))[0];
  expect(await first(`# ${'x'.repeat(1_048_577)}`)).toContain('the file is larger than 1048576 bytes');
  expect(await first('- a\n')).toContain('the file must hold a map');
  expect(await first('a: 1\n---\nb: 2\n')).toContain('multiple documents');
  expect(await first('gateway: !!js/function "x"\n')).toContain('unresolved tag');
});

test('a key that names a property of every object is a key like any other', async () => {
  const problems = await problemsOf({ [ROOT]: '__proto__: { polluted: true }\nconstructor: 1\n' });
  expect(problems).toEqual([
    `${ROOT}:1:1 __proto__: there is no such key`,
    `${ROOT}:2:1 constructor: there is no such key`,
  ]);
  expect('polluted' in {}).toBe(false);
});

test('a place in the valid configuration can be found for checks across slices', async () => {
  const result = await load({ [ROOT]: 'gateway:\n  routes:\n    - { model_pattern: a, provider: b }\n' });
  if (!result.ok) throw new Error('refused');
  expect(result.locate(['gateway', 'routes', 0, 'provider'])).toEqual({ file: ROOT, line: 3, column: 27 });
  expect(result.locate(['gateway', 'port'])).toEqual({ file: ROOT, line: 1, column: 1 });
});

test('a slice that is not complete by its defaults is refused when the schema is put together', () => {
  expect(() => assembleConfigSchema({ broken: z.strictObject({ needed: z.string() }) })).toThrow(
    /broken has no default/,
  );
});
