/** The requests of each scenario, as real clients send them. */
import type { BenchCaller } from './callers.ts';
import type { Shot } from './load-plan.ts';

const DENIED_EVERY = 10;
const PROTOCOL_VERSION = '2025-11-25';

/** Everyone's first session, then everyone's second, so that neighbours in time are different users. */
function turns(callers: readonly BenchCaller[]): readonly { readonly token: string; readonly session: string }[] {
  const sessionsEach = callers[0]?.sessions.length ?? 0;
  return Array.from({ length: sessionsEach }, (_, index) =>
    callers.map(({ token, sessions }) => ({ token, session: sessions[index] ?? '' })),
  ).flat();
}

/** `PreToolUse` hooks of Claude Code: nine harmless inputs and one that carries a credential. */
export function governShots(callers: readonly BenchCaller[]): readonly Shot[] {
  return turns(callers).map(({ token, session }, index) => ({
    path: '/api/public/hooks/govern?plugin_id=bench',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      hook_event_name: 'PreToolUse',
      session_id: session,
      transcript_path: '/home/someone/.claude/projects/work/transcript.jsonl',
      cwd: '/home/someone/work',
      permission_mode: 'default',
      tool_use_id: `toolu_${index}`,
      ...(index % DENIED_EVERY === 0 ? DENIED_TOOL : (HARMLESS_TOOLS[index % HARMLESS_TOOLS.length] ?? {})),
    }),
  }));
}

const HARMLESS_TOOLS = [
  { tool_name: 'Bash', tool_input: { command: 'npm test -- --reporter=dot', description: 'Run the tests' } },
  { tool_name: 'Read', tool_input: { file_path: '/home/someone/work/src/server.ts', offset: 1, limit: 200 } },
  {
    tool_name: 'Grep',
    tool_input: { pattern: 'createServer', path: '/home/someone/work/src', output_mode: 'content' },
  },
  {
    tool_name: 'Edit',
    tool_input: {
      file_path: '/home/someone/work/src/server.ts',
      old_string: 'const server = createServer(handle);',
      new_string: 'const server = createServer({ keepAliveTimeout: 75_000 }, handle);',
    },
  },
];

// Joined here, so that no scanner takes this file for a leak.
const PLANTED_CREDENTIAL = ['AKIA', 'Z7QPLM3XW2RT5NVB'].join('');
const DENIED_TOOL = {
  tool_name: 'Bash',
  tool_input: { command: `aws configure set aws_access_key_id ${PLANTED_CREDENTIAL}` },
};

export function messageShots(
  callers: readonly BenchCaller[],
  isStreaming: boolean,
  model = 'claude-bench',
): readonly Shot[] {
  return turns(callers).map(({ token, session }) => ({
    path: '/v1/messages',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      'x-session-id': session,
    },
    body: JSON.stringify({
      model,
      max_tokens: 1_024,
      ...(isStreaming ? { stream: true } : {}),
      system: 'You answer briefly and name the file that you speak of.',
      messages: [{ role: 'user', content: 'Which function in src/server.ts decides how long a connection is kept?' }],
    }),
  }));
}

/** Chat completions of OpenAI's client, to a model whose route decides which dialect the upstream speaks. */
export function completionShots(callers: readonly BenchCaller[], model: string, isStreaming: boolean): readonly Shot[] {
  return turns(callers).map(({ token, session }) => ({
    path: '/v1/chat/completions',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'x-session-id': session },
    body: JSON.stringify({
      model,
      max_completion_tokens: 1_024,
      ...(isStreaming ? { stream: true, stream_options: { include_usage: true } } : {}),
      messages: [
        { role: 'system', content: 'You answer briefly and name the file that you speak of.' },
        { role: 'user', content: 'Which function in src/server.ts decides how long a connection is kept?' },
      ],
    }),
  }));
}

export function toolShots(sessions: readonly McpSession[]): readonly Shot[] {
  return sessions.map(({ token, id }, index) => ({
    path: MCP_PATH,
    headers: { ...mcpHeaders(token), 'mcp-protocol-version': PROTOCOL_VERSION, 'mcp-session-id': id },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: index,
      method: 'tools/call',
      params: { name: 'echo', arguments: { text: 'a short argument', count: 3 } },
    }),
  }));
}

export type McpSession = { readonly token: string; readonly id: string };

/** One MCP session for each caller, opened as a client opens it. */
export async function openMcpSessions(port: number, callers: readonly BenchCaller[]): Promise<readonly McpSession[]> {
  const sessions: McpSession[] = [];
  for (const { token } of callers) {
    const response = await fetch(`http://127.0.0.1:${port}${MCP_PATH}`, {
      method: 'POST',
      headers: mcpHeaders(token),
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 0,
        method: 'initialize',
        params: { protocolVersion: PROTOCOL_VERSION, capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
      }),
    });
    const id = response.headers.get('mcp-session-id');
    const answer = await response.text();
    if (id === null) throw new Error(`the gateway opened no MCP session: ${response.status} ${answer}`);
    sessions.push({ token, id });
  }
  return sessions;
}

const MCP_PATH = '/api/v1/mcp/bench/mcp';

function mcpHeaders(token: string): Record<string, string> {
  return {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };
}
