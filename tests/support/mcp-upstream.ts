import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import { z } from 'zod';

export type UpstreamServer = {
  readonly url: string;
  /** The headers of every request, in order. */
  readonly seen: readonly IncomingMessage['headers'][];
  /** Forgets every session, as a restart does. */
  forgetSessions(): void;
  /** Answers instead of the MCP server while it is set. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  close(): Promise<void>;
};

/** An MCP server of the official SDK with sessions, on plain HTTP. */
export async function startUpstreamServer(): Promise<UpstreamServer> {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
  const seen: IncomingMessage['headers'][] = [];

  async function transportFor(request: Request): Promise<WebStandardStreamableHTTPServerTransport> {
    const known = sessions.get(request.headers.get('mcp-session-id') ?? '');
    if (known !== undefined) return known;
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    await mcpServer().connect(transport);
    return transport;
  }

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    seen.push(incoming.headers);
    if (upstream.intercept?.(incoming, outgoing) === true) return;
    const request = await webRequest(incoming);
    const named = request.headers.get('mcp-session-id');
    if (named !== null && !sessions.has(named)) {
      outgoing.writeHead(404).end();
      return;
    }
    const response = await (await transportFor(request)).handleRequest(request);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.flushHeaders();
    for await (const chunk of response.body ?? []) outgoing.write(chunk);
    outgoing.end();
  }

  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing).catch(() => outgoing.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const upstream: UpstreamServer = {
    url: `http://127.0.0.1:${port}/mcp`,
    seen,
    forgetSessions: () => sessions.clear(),
    intercept: undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return upstream;
}

async function webRequest(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  const headers = Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]);
  const { method = 'GET' } = incoming;
  const hasBody = method !== 'GET' && method !== 'DELETE';
  return new Request(`http://localhost${incoming.url}`, {
    method,
    headers,
    ...(hasBody ? { body: Buffer.concat(chunks) } : {}),
  });
}

function mcpServer(): McpServer {
  const server = new McpServer({ name: 'upstream', version: '3.2.1' }, { instructions: 'Echo as you like.' });
  server.registerTool('echo', { inputSchema: z.object({ text: z.string() }) }, async ({ text }) => ({
    content: [{ type: 'text', text }],
  }));
  server.registerTool('progress', { inputSchema: z.object({}) }, async (_args, context) => {
    const { _meta: meta } = context.mcpReq;
    const token = meta?.progressToken;
    if (token !== undefined) {
      await context.mcpReq.notify({
        method: 'notifications/progress',
        params: { progressToken: token, progress: 1, total: 2 },
      });
    }
    return { content: [{ type: 'text', text: 'progressed' }] };
  });
  return server;
}
