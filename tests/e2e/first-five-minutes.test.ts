import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proves } from '../support/proves.ts';
import { processesNaming, startTestServer, type TestServer } from '../support/server.ts';
import { ROOT } from '../support/source-files.ts';

proves(
  'start.one-command',
  'gateway.messages',
  'gateway.request-row',
  'gateway.cost-microdollars',
  'mcp.unmodified-client',
);
proves('mcp.denied-before-process', 'audit.story', 'audit.one-query', 'pipeline.before-effect', 'audit.tamper-evident');

const AWS_KEY = `AKIA${'IOSFODNN7EXAMPLE'}`;
const FILESYSTEM = join(ROOT, 'node_modules', '@modelcontextprotocol', 'server-filesystem', 'dist', 'index.js');

let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await startTestServer({
    services: {
      'config/config.yaml': 'includes: [../mcp/files.yaml]\n',
      'mcp/files.yaml': `mcp_servers:
  files:
    type: stdio
    command: ${process.execPath}
    args: ["${FILESYSTEM}", "${join(ROOT, 'docs')}"]
    isolation: session
    sandbox: none
    oauth: { required: true, audience: files }
`,
    },
  });
  token = (await server.cli(['admin', 'session', 'login', '--email', 'admin@localhost', '--token-only'])).stdout.trim();
});

afterAll(() => server?.dispose());

async function connect(): Promise<Client> {
  const audience = ['admin', 'session', 'login', '--email', 'admin@localhost', '--token-only', '--audience', 'files'];
  const credential = (await server.cli(audience)).stdout.trim();
  const client = new Client({ name: 'first-five-minutes', version: '1.0.0' });
  const url = new URL(`${server.baseUrl}/api/v1/mcp/files/mcp`);
  await client.connect(
    new StreamableHTTPClientTransport(url, { requestInit: { headers: { Authorization: `Bearer ${credential}` } } }),
  );
  return client;
}

describe('the first five minutes', () => {
  it('print what to do next', () => {
    expect(server.output()).toContain('/sign-in?code=');
    expect(server.output()).toContain(`ANTHROPIC_BASE_URL=${server.baseUrl}`);
    expect(server.output()).toContain('ANTHROPIC_AUTH_TOKEN=');
  });

  it('1: the official SDK holds a streamed conversation with a tool call', async () => {
    const anthropic = new Anthropic({ baseURL: server.baseUrl, authToken: token, apiKey: null });
    const tools = [
      { name: 'get_weather', input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } } },
    ];
    const question = { role: 'user' as const, content: 'Use tool get_weather for Lisbon.' };
    const first = await anthropic.messages
      .stream({ model: 'claude-sonnet-5-5', max_tokens: 200, tools, messages: [question] })
      .finalMessage();
    expect(first.stop_reason).toBe('tool_use');
    const call = first.content.find((block) => block.type === 'tool_use');
    const answer = await anthropic.messages
      .stream({
        model: 'claude-sonnet-5-5',
        max_tokens: 200,
        tools,
        messages: [
          question,
          { role: 'assistant', content: first.content },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: call?.id ?? '', content: 'sunny' }] },
        ],
      })
      .finalMessage();
    expect(answer.stop_reason).toBe('end_turn');
    const [row] = await rows(`select r.cost_microdollars, r.input_tokens, c.tool_use_id
      from ai_requests r join ai_request_tool_calls c on c.ai_request_id = r.id`);
    expect(row).toMatchObject({ tool_use_id: call?.id });
    expect(Number(row?.cost_microdollars)).toBeGreaterThan(0);
  });

  it('2: a call that carries a key is denied before any process exists, then a clean one runs', async () => {
    const client = await connect();
    const denied = await client.callTool({ name: 'read_text_file', arguments: { path: `/x/${AWS_KEY}` } });
    expect(denied.isError).toBe(true);
    expect(denied.structuredContent).toMatchObject({ decision: 'deny', policy: 'secret_scan' });
    expect(processesNaming(FILESYSTEM)).toEqual([]);
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name)).toContain('read_text_file');
    const path = join(ROOT, 'docs', 'decisions', '0001-what-we-depend-on.md');
    const allowed = await client.callTool({ name: 'read_text_file', arguments: { path } });
    expect(allowed.isError ?? false).toBe(false);
    expect(JSON.stringify(allowed.content)).toContain('What we depend on');
    expect(processesNaming(FILESYSTEM)).not.toEqual([]);
    await client.close();
  });

  it('4: infra logs audit tells each of them as one story', async () => {
    const decisions = await rows('select id, tool_name, decision, policy from governance_decisions order by seq');
    for (const tool of ['claude-sonnet-5-5', 'mcp__files__read_text_file']) {
      const decision = decisions.find((row) => row.tool_name === tool);
      const story = await server.cli(['infra', 'logs', 'audit', String(decision?.id), '--full']);
      expect(story.code).toBe(0);
      for (const word of [
        'admin@localhost',
        'scope_check',
        'secret_scan',
        'rate_limit',
        String(decision?.decision),
        tool,
      ]) {
        expect(story.stdout).toContain(word);
      }
    }
  });

  it('5: infra audit verify is clean, and not after one byte of a row was changed', async () => {
    const clean = await server.cli(['--json', 'infra', 'audit', 'verify']);
    expect(JSON.parse(clean.stdout)).toMatchObject({ ok: true });
    await server.test.database.query('alter table governance_decisions disable trigger user');
    await server.test.database.query(
      "update governance_decisions set reason = 'nothing to see' where id = (select id from governance_decisions where decision = 'deny' limit 1)",
    );
    await server.test.database.query('alter table governance_decisions enable trigger user');
    const tampered = await server.cli(['--json', 'infra', 'audit', 'verify']);
    expect(tampered.code).toBe(1);
    expect(JSON.parse(tampered.stdout)).toMatchObject({ ok: false });
  });
});

async function rows(sql: string): Promise<readonly Record<string, unknown>[]> {
  const answer = await server.cliJson<{ items: readonly Record<string, unknown>[] }>(['infra', 'db', 'query', sql]);
  return answer.items;
}
