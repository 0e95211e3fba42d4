/** The open conversations of every declared server. */
import type { JsonObject } from '#foundation/json';
import type { Clock } from '#foundation/time';
import type { SecretSource } from '#governance/secrets/secret-value';
import type { ServerDefinition } from '../config.ts';
import type { Connection } from './connection.ts';
import { type ServerStatus, ServerUpstreams, type Slot } from './server-upstreams.ts';
import type { OpenTransport } from './transport.ts';
import type { UpstreamIdentity } from './upstream-identity.ts';

export type UpstreamPool = {
  /**
   * Runs `action` over the slot's conversation, which is opened when there is none. Rejects with `unavailable` while
   * the server backs off or has no room, else with what opening or the action rejected with.
   */
  use<Result>(
    definition: ServerDefinition,
    slot: Slot,
    action: (connection: Connection) => Promise<Result>,
  ): Promise<Result>;
  /** The slot's conversation if it is open now; nothing is started. */
  peek(server: string, key: string): Connection | undefined;
  /** Ends the slot's conversation and forgets the slot. */
  release(server: string, key: string): Promise<void>;
  /** What the server last said of itself under its present configuration. */
  identity(definition: ServerDefinition): UpstreamIdentity | undefined;
  status(definition: ServerDefinition): ServerStatus;
  /** Ends the conversations of servers that are no longer declared. */
  retain(isDeclared: (server: string) => boolean): void;
  stop(): Promise<void>;
};

export type PoolDeps = {
  readonly openTransport: (definition: ServerDefinition) => OpenTransport;
  readonly secrets: SecretSource;
  readonly clientInfo: JsonObject;
  readonly clock: Clock;
};

export function createUpstreamPool(deps: PoolDeps): UpstreamPool {
  const servers = new Map<string, ServerUpstreams>();
  // A changed secret reaches a child only by a new start, as a changed configuration does.
  let secretGeneration = 0;
  deps.secrets.onChange(() => secretGeneration++);

  function upstreamsOf(definition: ServerDefinition): ServerUpstreams {
    let upstreams = servers.get(definition.name);
    if (upstreams === undefined) {
      upstreams = new ServerUpstreams(deps);
      servers.set(definition.name, upstreams);
    }
    upstreams.configure(definition, secretGeneration);
    return upstreams;
  }

  return {
    use: (definition, slot, action) => upstreamsOf(definition).use(slot, action),
    peek: (server, key) => servers.get(server)?.peek(key),
    release: async (server, key) => servers.get(server)?.release(key),
    identity: (definition) => upstreamsOf(definition).identity,
    status: (definition) => upstreamsOf(definition).status(),
    retain(isDeclared) {
      for (const [name, upstreams] of servers) {
        if (isDeclared(name)) continue;
        servers.delete(name);
        void upstreams.stop();
      }
    },
    async stop() {
      await Promise.all([...servers.values()].map((upstreams) => upstreams.stop()));
    },
  };
}
