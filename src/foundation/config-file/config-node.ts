import { formatJsonPath, type JsonValue } from '../json.ts';
import type { Position } from './config-problem.ts';

export type ConfigPath = readonly (string | number)[];

/** A value that knows where it was written. */
export type ConfigNode =
  | { readonly kind: 'scalar'; readonly value: string | number | boolean | null; readonly at: Position }
  | { readonly kind: 'list'; readonly items: readonly ConfigNode[]; readonly at: Position }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, ConfigEntry>; readonly at: Position };

export type ConfigEntry = { readonly keyAt: Position; readonly node: ConfigNode };

export type ConfigMap = Extract<ConfigNode, { kind: 'map' }>;

/** The value without its places. */
export function plainValue(node: ConfigNode): JsonValue {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plainValue);
  const entries = [...node.entries].map(([key, entry]): [string, JsonValue] => [key, plainValue(entry.node)]);
  // `fromEntries` defines members, so a key named __proto__ is a member like any other.
  return Object.fromEntries(entries);
}

/** What stands at `path`, or the nearest thing above it that was written. */
export function findNode(root: ConfigNode, path: ConfigPath): { node: ConfigNode; at: Position; exact: boolean } {
  let node = root;
  let at = root.at;
  for (const step of path) {
    const entry = node.kind === 'map' ? node.entries.get(String(step)) : undefined;
    const next = entry?.node ?? (node.kind === 'list' && typeof step === 'number' ? node.items[step] : undefined);
    if (next === undefined) return { node, at, exact: false };
    node = next;
    at = entry?.keyAt ?? next.at;
  }
  return { node, at, exact: true };
}

export const formatPath = formatJsonPath;
