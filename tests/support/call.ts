import type { JsonValue } from '#foundation/json';
import type {
  ClientId,
  ContextId,
  SessionId,
  TaskId,
  TenantId,
  TraceId,
  UserId,
} from '#governance/identity/correlation';
import type { Role } from '#governance/identity/role';
import type { Call } from '#governance/policy/call';

export type CallSketch = Partial<Pick<Call, 'kind' | 'toolName' | 'server' | 'agent' | 'content'>> & {
  readonly role?: Role;
  readonly userId?: string;
  readonly sessionId?: string;
  /** The tool's input; stands at `tool_input` of the caller's body. */
  readonly input?: JsonValue;
};

/** A call with everything that a test does not speak of filled in. */
export function callOf(sketch: CallSketch = {}): Call {
  const userId = (sketch.userId ?? 'user-1') as UserId;
  const sessionId = (sketch.sessionId ?? 'session-1') as SessionId;
  const clientId = 'client-1' as ClientId;
  return {
    kind: sketch.kind ?? 'tool_call',
    principal: {
      userId,
      tenantId: 'tenant-1' as TenantId,
      email: null,
      role: sketch.role ?? 'user',
      department: null,
      clientId,
      sessionId: null,
      credential: { kind: 'pat', id: 'sp-live-000000000000', expiresAtMs: null },
      audiences: 'all',
      scopes: 'all',
    },
    correlation: {
      userId,
      sessionId,
      taskId: 'task-1' as TaskId,
      traceId: '0af7651916cd43dd8448eb211c80319c' as TraceId,
      contextId: 'context-1' as ContextId,
      clientId,
    },
    toolName: sketch.toolName ?? 'Read',
    server: sketch.server ?? null,
    pluginId: null,
    agent: sketch.agent ?? null,
    toolUseId: null,
    content: sketch.content ?? (sketch.input === undefined ? [] : [{ path: ['tool_input'], value: sketch.input }]),
    history: [],
    model: null,
  };
}
