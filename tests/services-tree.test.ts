import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfiguration } from '#app/configuration/configuration';
import { agentScopes } from '#features/agents/agent-scopes';
import { formatConfigProblem } from '#foundation/config-file/config-problem';
import { proves } from '#tests/support/proves';

proves('config.flat-yaml');

const REPOSITORY = join(import.meta.dirname, '..');
const SERVICES = join(REPOSITORY, 'services');

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'systemprompt-services-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function load(profileFile: string, servicesDirectory: string) {
  const result = await loadConfiguration({ profileFile, servicesDirectory, home: servicesDirectory }, {});
  return { result, problems: result.ok ? [] : result.problems.map(formatConfigProblem) };
}

test('the example tree is valid and every file of it is included', async () => {
  const { result, problems } = await load(join(directory, 'none.yaml'), SERVICES);
  expect(problems).toEqual([]);
  const files = await readdir(SERVICES, { recursive: true });
  const yaml = files.filter((name) => name.endsWith('.yaml')).map((name) => join(SERVICES, name));
  expect(result.sources.filter((source) => source.startsWith(SERVICES)).toSorted()).toEqual(yaml.toSorted());
});

test('the example tree declares both servers, both agents in their scopes, and settings for everyone', async () => {
  const { result } = await load(join(directory, 'none.yaml'), SERVICES);
  if (!result.ok) throw new Error('refused');
  const { services } = result.value;
  expect(Object.keys(services.mcp_servers)).toEqual(['demo', 'files']);
  expect(Object.fromEntries(agentScopes(services.agents))).toEqual({
    developer_agent: 'admin',
    associate_agent: 'user',
  });
  expect(services.managed_settings.map((entry) => entry.match)).toEqual([{ roles: [], departments: [], users: [] }]);
});

test('every file of the example tree names the schema that editors check it against', async () => {
  for (const name of await readdir(SERVICES, { recursive: true })) {
    if (!name.endsWith('.yaml')) continue;
    const file = join(SERVICES, name);
    const [, schema] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(await readFile(file, 'utf8')) ?? [];
    expect((await stat(resolve(dirname(file), schema ?? 'missing'))).isFile(), name).toBe(true);
  }
});

test('the keys that the contract shows parse exactly', async () => {
  const profile = join(directory, 'profile.yaml');
  await writeFile(
    profile,
    `gateway:
  enabled: true
  routes:
    - { model_pattern: "claude-*", provider: anthropic, endpoint: "http://127.0.0.1:9901/v1", api_key_secret: anthropic_api_key }
`,
  );
  await mkdir(join(directory, 'config'));
  await mkdir(join(directory, 'mcp'));
  await writeFile(join(directory, 'config', 'config.yaml'), 'includes: [../mcp/files.yaml]\n');
  await writeFile(
    join(directory, 'mcp', 'files.yaml'),
    `mcp_servers:
  files:
    type: stdio
    command: npx
    args: ["-y", "@modelcontextprotocol/server-filesystem", "/srv/docs"]
    env: { LOG_LEVEL: warn }
    secrets: { FILES_API_KEY: files_api_key }
    isolation: session
    sandbox: auto
    tools: { allow: ["*"], deny: ["write_file"] }
    oauth: { required: true, scopes: [user], audience: files }
  remote:
    type: http
    url: https://mcp.example.com/mcp
    headers: { X-Api-Key: { secret: remote_key } }
`,
  );
  const { result, problems } = await load(profile, directory);
  expect(problems).toEqual([]);
  expect(result.ok && Object.keys(result.value.services.mcp_servers)).toEqual(['files', 'remote']);
});

test('problems of the profile and of the tree come together, each at its place', async () => {
  const profile = join(directory, 'profile.yaml');
  await writeFile(profile, 'gatway: {}\n');
  await mkdir(join(directory, 'config'));
  await writeFile(join(directory, 'config', 'config.yaml'), 'mcp_server: {}\n');
  const { problems } = await load(profile, directory);
  expect(problems).toEqual([
    `${profile}:1:1 gatway: there is no such key (did you mean gateway?)`,
    `${join(directory, 'config', 'config.yaml')}:1:1 mcp_server: there is no such key (did you mean mcp_servers?)`,
  ]);
});

test('a tree that is not there is no empty tree', async () => {
  const { problems } = await load(join(directory, 'none.yaml'), join(directory, 'tree'));
  expect(problems).toEqual([`${join(directory, 'tree')}:1:1: there is no such directory; ${NAMED_BY}`]);
  await mkdir(join(directory, 'tree'));
  expect((await load(join(directory, 'none.yaml'), join(directory, 'tree'))).problems).toEqual([]);
});

const NAMED_BY = '--services or SYSTEMPROMPT_SERVICES names the configuration tree';
