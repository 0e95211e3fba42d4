import { assert, messageOf, OperatingError } from '#foundation/errors';
import { canonicalJson, type JsonObject } from '#foundation/json';
import type { ServerDefinition } from '../config.ts';
import { type Breaker, createBreaker } from './breaker.ts';
import { type Connection, connect } from './connection.ts';
import type { ConnectionPeer } from './connection-peer.ts';
import { goneError } from './gone-error.ts';
import type { UpstreamIdentity } from './upstream-identity.ts';
import type { PoolDeps } from './upstream-pool.ts';

/** Who a conversation belongs to, as the isolation of the server has it, and what is said of them to the upstream. */
export type Slot = {
  readonly key: string;
  readonly peer: ConnectionPeer;
  readonly revision: string;
  readonly capabilities: JsonObject;
  /** Ends the conversation with its only call. */
  readonly single: boolean;
};

export type ServerStatus = {
  readonly state: 'idle' | 'running' | 'backing_off';
  readonly upstreams: readonly {
    readonly pid: number | null;
    readonly inFlight: number;
    readonly startedAtMs: number;
  }[];
  /** How often a conversation was opened. */
  readonly starts: number;
  readonly problem: string | null;
};

/** One conversation, from the moment that it begins to be opened. */
type Conversation = {
  readonly slot: Slot;
  readonly fingerprint: string;
  readonly opening: Promise<Connection>;
  readonly startedAtMs: number;
  connection: Connection | undefined;
  inFlight: number;
  lastUsedMs: number;
  /** Takes no new calls and is closed after its last. */
  retired: boolean;
  cancelIdle: () => void;
};

/** The conversations of one server. They open at first use and close when idle, replaced, crashed or released. */
export class ServerUpstreams {
  readonly #deps: PoolDeps;
  readonly #current = new Map<string, Conversation>();
  /** Also those that are retired and still end their calls. */
  readonly #all = new Set<Conversation>();
  readonly #crashes = new Map<string, Breaker>();
  #definition: ServerDefinition | undefined;
  #fingerprint = '';
  #starting: Breaker;
  #starts = 0;
  #problem: string | null = null;
  #stopped = false;
  identity: UpstreamIdentity | undefined;

  constructor(deps: PoolDeps) {
    this.#deps = deps;
    this.#starting = createBreaker(deps.clock);
  }

  /** Takes the configuration of now; what runs under another one ends with its present calls. */
  configure(definition: ServerDefinition, secretGeneration: number): void {
    if (definition.config === this.#definition?.config && this.#fingerprint.startsWith(`${secretGeneration}:`)) return;
    const fingerprint = `${secretGeneration}:${canonicalJson(definition.config)}`;
    this.#definition = definition;
    if (fingerprint === this.#fingerprint) return;
    this.#fingerprint = fingerprint;
    this.#starting = createBreaker(this.#deps.clock);
    this.#crashes.clear();
    this.#problem = null;
    this.identity = undefined;
    for (const conversation of [...this.#current.values()]) this.#retire(conversation);
  }

  async use<Result>(slot: Slot, action: (connection: Connection) => Promise<Result>): Promise<Result> {
    const conversation = this.#current.get(slot.key) ?? this.#begin(slot);
    conversation.cancelIdle();
    conversation.inFlight++;
    try {
      const connection = await conversation.opening;
      const result = await action(connection);
      this.#crashes.get(slot.key)?.succeeded();
      return result;
    } finally {
      conversation.inFlight--;
      conversation.lastUsedMs = this.#deps.clock.monotonicMs();
      if (conversation.inFlight === 0) this.#rest(conversation);
    }
  }

  peek(key: string): Connection | undefined {
    return this.#current.get(key)?.connection;
  }

  async release(key: string): Promise<void> {
    this.#crashes.delete(key);
    const conversation = this.#current.get(key);
    if (conversation !== undefined) await this.#close(conversation);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#all].map((conversation) => this.#close(conversation)));
  }

  status(): ServerStatus {
    const open = [...this.#all].filter((conversation) => conversation.connection !== undefined);
    const resting = this.#starting.failures > 0;
    return {
      state: open.length > 0 ? 'running' : resting ? 'backing_off' : 'idle',
      upstreams: open.map(({ connection, inFlight, startedAtMs }) => ({
        pid: connection?.pid ?? null,
        inFlight,
        startedAtMs,
      })),
      starts: this.#starts,
      problem: this.#problem,
    };
  }

  #begin(slot: Slot): Conversation {
    const definition = this.#definition;
    assert(definition !== undefined, 'a server is configured before it is used');
    this.#requirePatience(definition, slot);
    this.#makeRoom(definition);
    this.#starts++;
    const { clock, openTransport, clientInfo } = this.#deps;
    const { revision, capabilities, peer } = slot;
    const opening = connect({
      server: definition.name,
      open: openTransport(definition),
      peer,
      hello: { revision, capabilities, clientInfo },
      startTimeoutMs: definition.config.start_timeout_ms,
      clock,
    });
    const conversation: Conversation = {
      slot,
      fingerprint: this.#fingerprint,
      opening,
      startedAtMs: clock.nowMs(),
      connection: undefined,
      inFlight: 0,
      lastUsedMs: clock.monotonicMs(),
      retired: false,
      cancelIdle: () => {},
    };
    this.#current.set(slot.key, conversation);
    this.#all.add(conversation);
    this.#watch(conversation, this.#starting);
    return conversation;
  }

  #watch(conversation: Conversation, starting: Breaker): void {
    conversation.opening.then(
      (connection) => {
        starting.succeeded();
        conversation.connection = connection;
        if (conversation.fingerprint === this.#fingerprint) this.identity = connection.identity;
        void connection.closed.then((how) => this.#ended(conversation, how));
      },
      (error) => {
        starting.failed();
        this.#problem = messageOf(error);
        this.#forget(conversation);
      },
    );
  }

  /** A conversation that nobody retired has ended by itself. */
  #ended(conversation: Conversation, how: string): void {
    if (!conversation.retired) {
      this.#problem = how;
      if (this.#definition?.config.type === 'stdio') this.#crashesOf(conversation.slot).failed();
    }
    this.#forget(conversation);
  }

  #crashesOf(slot: Slot): Breaker {
    // A slot of a single call is never used again, so there is nothing to wait for.
    if (slot.single) return createBreaker(this.#deps.clock);
    let crashes = this.#crashes.get(slot.key);
    if (crashes === undefined) {
      crashes = createBreaker(this.#deps.clock);
      this.#crashes.set(slot.key, crashes);
    }
    return crashes;
  }

  #requirePatience(definition: ServerDefinition, slot: Slot): void {
    if (this.#stopped) throw goneError(definition.name, 'is being stopped');
    const waitMs = this.#starting.waitMs() || (this.#crashes.get(slot.key)?.waitMs() ?? 0);
    if (waitMs === 0) return;
    throw new OperatingError(
      'unavailable',
      'mcp_backing_off',
      `the MCP server ${definition.name} failed repeatedly and is tried again in ${Math.ceil(waitMs)} ms`,
      { retryAfterMs: waitMs, remedy: `see systemprompt plugins mcp logs ${definition.name}` },
    );
  }

  /** Ends the conversation that has been idle the longest when there is no room for another. */
  #makeRoom({ name, config }: ServerDefinition): void {
    if (this.#all.size < config.children_max) return;
    const idle = [...this.#current.values()].filter(({ inFlight }) => inFlight === 0);
    const oldest = idle.sort((left, right) => left.lastUsedMs - right.lastUsedMs)[0];
    if (oldest !== undefined) {
      this.#retire(oldest);
      return;
    }
    throw new OperatingError(
      'unavailable',
      'mcp_children_max',
      `the MCP server ${name} already runs ${config.children_max} times, and each is busy`,
      { where: `mcp_servers.${name}.children_max`, remedy: 'try again when some calls have ended' },
    );
  }

  #rest(conversation: Conversation): void {
    if (conversation.retired || conversation.slot.single) {
      void this.#close(conversation);
      return;
    }
    const idleMs = this.#definition?.config.idle_timeout_ms ?? 0;
    conversation.cancelIdle = this.#deps.clock.after(idleMs, () => this.#retire(conversation));
  }

  #retire(conversation: Conversation): void {
    conversation.retired = true;
    if (this.#current.get(conversation.slot.key) === conversation) this.#current.delete(conversation.slot.key);
    if (conversation.inFlight === 0) void this.#close(conversation);
  }

  async #close(conversation: Conversation): Promise<void> {
    conversation.retired = true;
    conversation.cancelIdle();
    if (this.#current.get(conversation.slot.key) === conversation) this.#current.delete(conversation.slot.key);
    try {
      await (await conversation.opening).close();
    } catch {
      // It never opened, or is gone already.
    }
    this.#forget(conversation);
  }

  #forget(conversation: Conversation): void {
    conversation.cancelIdle();
    this.#all.delete(conversation);
    if (this.#current.get(conversation.slot.key) === conversation) this.#current.delete(conversation.slot.key);
  }
}
