import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { mcpConfigSchema } from './config.ts';

const CONTRACT = `
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
`;

test('the example of the contract is a whole configuration', () => {
  const config = mcpConfigSchema.parse(parse(CONTRACT));
  expect(config.files).toMatchObject({
    enabled: true,
    command: 'npx',
    tools: { allow: ['*'], deny: ['write_file'] },
    oauth: { required: true, scopes: ['user'], audience: 'files' },
    call_timeout_ms: 120_000,
  });
  expect(config.remote).toMatchObject({
    isolation: 'session',
    tools: { allow: ['*'], deny: [] },
    headers: { 'X-Api-Key': { secret: 'remote_key', prefix: '' } },
  });
  expect(mcpConfigSchema.parse(undefined)).toEqual({});
});

describe('what is refused', () => {
  const stdio = { type: 'stdio', command: 'node' };
  test.each([
    ['an unknown key', { demo: { ...stdio, comand: 'x' } }],
    ['a relative path as command', { demo: { type: 'stdio', command: './server' } }],
    ['a relative working directory', { demo: { ...stdio, cwd: 'here' } }],
    ['a URL that is not HTTP', { demo: { type: 'http', url: 'file:///etc/passwd' } }],
    ['no type', { demo: { command: 'node' } }],
    ['a name that a path would need to escape', { 'a/b': stdio }],
    ['a name that climbs', { '..': stdio }],
    ['an unknown sandbox', { demo: { ...stdio, sandbox: 'magic' } }],
    ['a timeout of zero', { demo: { ...stdio, call_timeout_ms: 0 } }],
  ])('%s', (_what, config) => {
    expect(mcpConfigSchema.safeParse(config).success).toBe(false);
  });
});
