import { OperatingError } from '#foundation/errors';
import type { IdSource } from '#foundation/ids';
import type { JsonObject } from '#foundation/json';
import type { Clock } from '#foundation/time';
import { type McpCaller, ownerOf } from '../caller.ts';
import { MCP_LIMITS } from '../limits.ts';
import type { Revision } from '../revision.ts';
import type { ClientSession } from './client-session.ts';
import { createWaitingRequests } from './waiting-requests.ts';

/** Every initialised client, bounded in all and for each owner. */
export type ClientSessions = {
  /** Throws `rate_limited` when the owner, or everybody, has as many as there may be and each is in use. */
  open(server: string, caller: McpCaller, revision: Revision, capabilities: JsonObject): ClientSession;
  /** Undefined for an id that does not exist, belongs to another owner, or was given for another server. */
  find(id: string, server: string, caller: McpCaller): ClientSession | undefined;
  end(session: ClientSession): void;
  /** Ends what nobody has used for long. */
  sweep(): void;
  of(server: string): readonly ClientSession[];
  /** Ends the GET streams; the sessions go on. */
  closeStreams(): void;
  endAll(): void;
};

const ID_BYTES = 24;

export function createClientSessions(deps: {
  clock: Clock;
  ids: IdSource;
  onEnd: (session: ClientSession) => void;
}): ClientSessions {
  const { clock, ids } = deps;
  // A Map keeps the order of insertion; a session that is used moves to the end, so the first is the oldest in use.
  const sessions = new Map<string, ClientSession>();

  function end(session: ClientSession): void {
    if (!sessions.delete(session.id)) return;
    for (const { cancel } of session.inFlight.values()) cancel.abort();
    session.waiting.endAll();
    session.stream?.end();
    deps.onEnd(session);
  }

  function makeRoom(owner: string): void {
    const owned = [...sessions.values()].filter((session) => session.owner === owner);
    if (owned.length >= MCP_LIMITS.sessionsPerOwnerMax) endOldestOf(owned);
    if (sessions.size >= MCP_LIMITS.sessionsMax) endOldestOf([...sessions.values()]);
  }

  function endOldestOf(candidates: readonly ClientSession[]): void {
    const idle = candidates.find((session) => !isInUse(session));
    if (idle === undefined) {
      throw new OperatingError('rate_limited', 'mcp_sessions_max', 'there are as many MCP sessions as there may be', {
        remedy: 'end one with DELETE, or wait',
      });
    }
    end(idle);
  }

  return {
    open(server, caller, revision, capabilities) {
      const owner = ownerOf(caller);
      makeRoom(owner);
      const session: ClientSession = {
        id: ids.bytes(ID_BYTES).toString('base64url'),
        server,
        owner,
        revision,
        capabilities,
        inFlight: new Map(),
        waiting: createWaitingRequests(clock),
        stream: undefined,
        caller,
        lastUsedMs: clock.monotonicMs(),
      };
      sessions.set(session.id, session);
      return session;
    },
    find(id, server, caller) {
      const session = sessions.get(id);
      if (session === undefined || session.server !== server || session.owner !== ownerOf(caller)) return undefined;
      session.caller = caller;
      session.lastUsedMs = clock.monotonicMs();
      sessions.delete(id);
      sessions.set(id, session);
      return session;
    },
    end,
    sweep() {
      const oldestMs = clock.monotonicMs() - MCP_LIMITS.sessionIdleMs;
      for (const session of [...sessions.values()]) {
        if (session.lastUsedMs > oldestMs) return;
        if (!isInUse(session)) end(session);
      }
    },
    of: (server) => [...sessions.values()].filter((session) => session.server === server),
    closeStreams() {
      for (const session of sessions.values()) session.stream?.end();
    },
    endAll() {
      for (const session of [...sessions.values()]) end(session);
    },
  };
}

function isInUse(session: ClientSession): boolean {
  return session.inFlight.size > 0 || session.stream !== undefined;
}
