import type { IdSource } from '#foundation/ids';
import type { ServerDefinition } from '../config.ts';
import { NEWEST_REVISION } from '../revision.ts';
import { type ConnectionPeer, sharedPeer } from '../upstream/connection-peer.ts';
import type { Slot } from '../upstream/server-upstreams.ts';
import { relayedCapabilities } from './capabilities.ts';
import type { ClientSession } from './client-session.ts';

/** The one slot of a server whose upstream everybody shares. */
const SHARED_KEY = 'shared';

export function sharedSlot(onListChanged: (method: string) => void): Slot {
  return {
    key: SHARED_KEY,
    peer: sharedPeer(onListChanged),
    revision: NEWEST_REVISION,
    capabilities: {},
    single: false,
  };
}

/** For a single call: nothing outlives it and nobody else meets it. */
export function singleSlot(ids: IdSource): Slot {
  return {
    key: `call-${ids.uuid()}`,
    peer: sharedPeer(() => {}),
    revision: NEWEST_REVISION,
    capabilities: {},
    single: true,
  };
}

export function sessionSlot(definition: ServerDefinition, session: ClientSession, peer: ConnectionPeer): Slot {
  return {
    key: session.id,
    peer,
    revision: session.revision,
    capabilities: relayedCapabilities(session.capabilities, definition.config.isolation),
    single: false,
  };
}
