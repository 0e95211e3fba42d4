import type { Correlation } from '#governance/identity/correlation';
import type { Principal } from '#governance/identity/principal';

import { type AgentScopes, agentNamed } from '#governance/policy/agent-scope';
import type { Call, CallKind, ContentPart } from '#governance/policy/call';
import type { HookEvent } from './hook-event.ts';

export type HookCaller = { readonly principal: Principal; readonly correlation: Correlation };

/** Members that say where an event comes from, not what it carries. */
const ENVELOPE = new Set([
  'session_id',
  'transcript_path',
  'cwd',
  'prompt_id',
  'permission_mode',
  'agent_id',
  'agent_type',
  'effort',
  'hook_event_name',
  'tool_name',
  'tool_use_id',
  'mcp_server',
]);

/** The call that a hook event stands for. */
export function hookCall(
  event: HookEvent,
  caller: HookCaller,
  pluginId: string | null,
  agentScopes: AgentScopes,
): Call {
  return {
    kind: kindOf(event),
    principal: caller.principal,
    correlation: caller.correlation,
    toolName: event.name === 'UserPromptSubmit' ? 'user_prompt' : (event.toolName ?? event.name),
    server: serverOf(event.toolName),
    pluginId,
    agent: agentNamed(event.agentId, agentScopes),
    toolUseId: event.toolUseId,
    content: contentOf(event),
    history: [],
    model: null,
  };
}

function kindOf(event: HookEvent): CallKind {
  if (event.name.startsWith('UserPrompt')) return 'prompt';
  return event.name.startsWith('PostTool') ? 'result' : 'hook';
}

/** Everything that the event carries, at the paths of its own body. */
function contentOf(event: HookEvent): readonly ContentPart[] {
  const parts: ContentPart[] = [];
  for (const [key, value] of Object.entries(event.body)) {
    if (value !== undefined && !ENVELOPE.has(key)) parts.push({ path: [key], value });
  }
  return parts;
}

/** The server in a full MCP tool name, `mcp__<server>__<tool>`. */
function serverOf(toolName: string | null): string | null {
  return /^mcp__(.+?)__/.exec(toolName ?? '')?.[1] ?? null;
}
