import type { ServerDefinition } from './config.ts';
import type { ClientSessions } from './endpoint/client-sessions.ts';
import { isConfined } from './supervisor/confinement.ts';
import type { ServerStatus } from './upstream/server-upstreams.ts';
import type { UpstreamPool } from './upstream/upstream-pool.ts';

/** One declared server, for people and for the console. */
export type McpServerStatus = Omit<ServerStatus, 'state'> & {
  readonly name: string;
  readonly type: 'stdio' | 'http' | 'internal';
  readonly description: string;
  readonly isolation: 'shared' | 'session' | 'call';
  readonly state: ServerStatus['state'] | 'disabled';
  /** Whether its children are kept from other processes and files; null where there are no children. */
  readonly sandboxed: boolean | null;
  readonly sessions: number;
  /** What the upstream calls itself, once it has run. */
  readonly serverName: string | null;
  readonly serverVersion: string | null;
};

export function statusOf(definition: ServerDefinition, pool: UpstreamPool, sessions: ClientSessions): McpServerStatus {
  const { name, config } = definition;
  const status = pool.status(definition);
  const identity = pool.identity(definition);
  return {
    ...status,
    name,
    type: config.type,
    description: config.description,
    isolation: config.isolation,
    state: config.enabled ? status.state : 'disabled',
    sandboxed: config.type === 'stdio' ? isConfined(config.sandbox) : null,
    sessions: sessions.of(name).length,
    serverName: identity?.serverName ?? null,
    serverVersion: identity?.serverVersion ?? null,
  };
}
