import { OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';

/**
 * What a client's hook says, read leniently: unknown events and members pass, missing ones are null. Identity is never
 * among it. Source: the hooks reference of Claude Code (code.claude.com/docs/en/hooks), 33 events in November 2026;
 * tomorrow's events arrive here as names of their own.
 */
export type HookEvent = {
  readonly name: string;
  readonly sessionId: string | undefined;
  readonly agentId: string | undefined;
  readonly toolName: string | null;
  readonly toolUseId: string | null;
  readonly body: JsonObject;
};

const NAME_CHARACTERS_MAX = 200;

export function parseHookEvent(value: JsonValue): HookEvent {
  if (!isJsonObject(value)) throw malformed('the body is not a JSON object');
  const name = stringMember(value, 'hook_event_name');
  if (name === undefined || name === '') throw malformed('hook_event_name is missing or not a string');
  return {
    name: name.slice(0, NAME_CHARACTERS_MAX),
    sessionId: stringMember(value, 'session_id'),
    agentId: stringMember(value, 'agent_id')?.slice(0, NAME_CHARACTERS_MAX),
    toolName: stringMember(value, 'tool_name')?.slice(0, NAME_CHARACTERS_MAX) ?? null,
    toolUseId: stringMember(value, 'tool_use_id')?.slice(0, NAME_CHARACTERS_MAX) ?? null,
    body: value,
  };
}

function malformed(problem: string): OperatingError {
  return new OperatingError('invalid_input', 'malformed_hook_event', `this is not a hook event: ${problem}`, {
    remedy: 'send the JSON that the client gives its hooks, with hook_event_name',
  });
}
