import type { Exchange, Reply } from '#foundation/http/exchange';
import { type GovernHookDeps, governHook } from './govern-hook.ts';
import type { HookCaller } from './hook-call.ts';
import { type TrackHookDeps, trackHook } from './track-hook.ts';

/** Clients that run tools themselves: they ask `govern` before a tool call and tell `track` what happened. */
export type Clients = {
  govern(exchange: Exchange, caller: HookCaller): Promise<Reply>;
  track(exchange: Exchange, caller: HookCaller): Promise<Reply>;
};

export function createClients(deps: GovernHookDeps & TrackHookDeps): Clients {
  return {
    govern: (exchange, caller) => governHook(exchange, caller, deps),
    track: (exchange, caller) => trackHook(exchange, caller, deps),
  };
}
