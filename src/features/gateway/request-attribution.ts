import type { Exchange } from '#foundation/http/exchange';
import type { ModelRequestDetails } from '#governance/audit/record';
import type { ModelRequest } from './model-request.ts';

const VALUE_CHARACTERS_MAX = 256;

/** What a client says of where a request comes from: labels in the record, which decide nothing. */
const HEADERS = [
  ['claude_session_id', 'x-claude-code-session-id'],
  ['agent_id', 'x-claude-code-agent-id'],
  ['parent_agent_id', 'x-claude-code-parent-agent-id'],
] as const;

export function attributionOf(request: ModelRequest, { headers }: Exchange): Partial<ModelRequestDetails> {
  const labels: Record<string, string> = {};
  for (const [label, name] of HEADERS) {
    const value = headers[name];
    if (typeof value === 'string' && value !== '') labels[label] = value.slice(0, VALUE_CHARACTERS_MAX);
  }
  const { endUser } = request.outline;
  if (endUser !== null && endUser !== '') labels.end_user = endUser.slice(0, VALUE_CHARACTERS_MAX);
  return labels;
}
