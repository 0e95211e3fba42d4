import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FORBIDDEN, type McpHarness, startMcpHarness } from '#tests/support/mcp-harness';

const filesystem = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-filesystem/dist/index.js');
const clientInfo = { name: 'test', version: '1.0.0' };

type AnyClient = Pick<Client, 'listTools' | 'callTool' | 'listPrompts' | 'listResources' | 'ping' | 'close'>;

type Connect = (url: URL) => Promise<AnyClient>;

const CLIENTS: readonly (readonly [string, Connect])[] = [
  [
    'SDK 2 that tries the newest era first',
    async (url) => {
      const client = new Client(clientInfo, { versionNegotiation: { mode: 'auto' } });
      await client.connect(new StreamableHTTPClientTransport(url));
      return client;
    },
  ],
  [
    'SDK 2 in its legacy mode',
    async (url) => {
      const client = new Client(clientInfo);
      await client.connect(new StreamableHTTPClientTransport(url));
      return client;
    },
  ],
  [
    'SDK 1',
    async (url) => {
      const client = new LegacyClient(clientInfo);
      await client.connect(new LegacyTransport(url) as Parameters<LegacyClient['connect']>[0]);
      return client as unknown as AnyClient;
    },
  ],
];

let directory: string;
let harness: McpHarness;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'systemprompt-files-'));
  writeFileSync(join(directory, 'hello.txt'), 'hello from a file');
  const files = { type: 'stdio', command: 'node', args: [filesystem, directory], tools: { deny: ['write_*'] } };
  harness = await startMcpHarness({ servers: { files } });
});

afterEach(async () => {
  await harness.dispose();
  rmSync(directory, { recursive: true, force: true });
});

describe.each(CLIENTS)('the file system server through %s', (_name, connect) => {
  test('a denied call, an allowed call and a list are each what the client expects', async () => {
    const client = await connect(harness.endpoint('files'));
    const path = join(directory, 'hello.txt');
    const early = await client.callTool({ name: 'read_text_file', arguments: { path: FORBIDDEN } });
    expect(early).toMatchObject({ isError: true, structuredContent: { decision: 'deny', policy: 'secret_scan' } });
    expect(harness.mcp.status()[0]?.starts).toBe(0);

    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('read_text_file');
    expect(tools.map(({ name }) => name)).not.toContain('write_file');
    const read = await client.callTool({ name: 'read_text_file', arguments: { path } });
    expect(read).toMatchObject({ content: [{ type: 'text', text: 'hello from a file' }] });

    // Now the client knows the output schemas, and checks structured content by them.
    const late = await client.callTool({ name: 'read_text_file', arguments: { path: FORBIDDEN } });
    expect(late).toMatchObject({ isError: true, structuredContent: { decision: 'deny', policy: 'secret_scan' } });
    const unlisted = await client.callTool({ name: 'write_file', arguments: { path, content: 'x' } });
    expect(unlisted).toMatchObject({ isError: true, structuredContent: { policy: 'access_control' } });
    await client.ping();
    await client.close();
  });
});

test('lists of what the upstream lacks are empty', async () => {
  const connect = CLIENTS[1]?.[1];
  const client = await connect?.(harness.endpoint('files'));
  expect(await client?.listPrompts()).toMatchObject({ prompts: [] });
  expect(await client?.listResources()).toMatchObject({ resources: [] });
  await client?.close();
});
