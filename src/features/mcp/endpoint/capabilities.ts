import { isJsonObject, type JsonObject } from '#foundation/json';
import type { McpServerConfig } from '../config.ts';
import type { UpstreamIdentity } from '../upstream/upstream-identity.ts';

type Isolation = McpServerConfig['isolation'];

/** What a client that has an upstream to itself may be asked by it. */
const RELAYED = ['sampling', 'elicitation', 'roots'] as const;

/**
 * What a client is told that the server can do. Before the upstream has ever run it is all that could be relayed, so
 * that no child has to start for an `initialize`; lists of what then turns out to be missing are empty.
 */
export function offeredCapabilities(identity: UpstreamIdentity | undefined, isolation: Isolation): JsonObject {
  const owns = isolation === 'session';
  const known = identity?.capabilities;
  const offered: Record<string, JsonObject> = {};
  for (const name of ['tools', 'prompts', 'resources'] as const) {
    const declared = known === undefined ? EVERYTHING : known[name];
    if (!isJsonObject(declared)) continue;
    offered[name] = {
      ...(declared.listChanged === true && isolation !== 'call' ? { listChanged: true } : {}),
      ...(name === 'resources' && declared.subscribe === true && owns ? { subscribe: true } : {}),
    };
  }
  if (known === undefined || isJsonObject(known.completions)) offered.completions = {};
  if (owns && (known === undefined || isJsonObject(known.logging))) offered.logging = {};
  return offered;
}

const EVERYTHING: JsonObject = { listChanged: true, subscribe: true };

/** What the upstream is told that its client can do: only what is relayed, and nothing where it serves several. */
export function relayedCapabilities(client: JsonObject, isolation: Isolation): JsonObject {
  if (isolation !== 'session') return {};
  return Object.fromEntries(RELAYED.flatMap((name) => (isJsonObject(client[name]) ? [[name, client[name]]] : [])));
}
