import type { McpHarness } from './mcp-harness.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever JSON it was given.
export type Json = any;

export type WireReply = { readonly status: number; readonly headers: Headers; readonly body: Json };

/** One POST as a client without an SDK would send it; of an event stream the last event is the body. */
export async function post(
  harness: McpHarness,
  server: string,
  message: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<WireReply> {
  const response = await fetch(harness.endpoint(server), {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: typeof message === 'string' ? message : JSON.stringify(message),
  });
  return { status: response.status, headers: response.headers, body: lastMessage(await response.text()) };
}

function lastMessage(text: string): Json {
  if (text === '') return undefined;
  const events = [...text.matchAll(/^data: (.*)$/gm)];
  return JSON.parse(events.at(-1)?.[1] ?? text);
}

export type WireSession = {
  readonly headers: Readonly<Record<string, string>>;
  request(method: string, params?: unknown, id?: string | number): Promise<WireReply>;
  call(tool: string, args?: unknown, id?: string | number): Promise<WireReply>;
};

/** An initialised session of `bearer` at `server`. */
export async function openSession(
  harness: McpHarness,
  server: string,
  options: { bearer?: string; revision?: string; capabilities?: unknown } = {},
): Promise<WireSession> {
  const revision = options.revision ?? '2025-11-25';
  const authorization = { authorization: `Bearer ${options.bearer ?? 'alice'}` };
  const params = {
    protocolVersion: revision,
    capabilities: options.capabilities ?? {},
    clientInfo: { name: 't', version: '1' },
  };
  const reply = await post(harness, server, { jsonrpc: '2.0', id: 0, method: 'initialize', params }, authorization);
  const session = reply.headers.get('mcp-session-id');
  if (session === null) throw new Error(`no session: ${reply.status} ${JSON.stringify(reply.body)}`);
  const headers = { ...authorization, 'mcp-session-id': session, 'mcp-protocol-version': revision };
  let lastId = 0;
  const request = (method: string, requestParams: unknown = {}, id: string | number = ++lastId) =>
    post(harness, server, { jsonrpc: '2.0', id, method, params: requestParams }, headers);
  return {
    headers,
    request,
    call: (tool, args = {}, id = ++lastId) => request('tools/call', { name: tool, arguments: args }, id),
  };
}
