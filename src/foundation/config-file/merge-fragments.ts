import { type ConfigEntry, type ConfigMap, type ConfigNode, formatPath } from './config-node.ts';
import { type ConfigProblem, formatPosition, type Position } from './config-problem.ts';

/**
 * Makes one map of the maps of several files. A section that stands in several files is put together of their entries
 * or items; what would have to win over something else is a problem that names both places.
 */
export function mergeFragments(
  fragments: readonly ConfigMap[],
  at: Position,
): { root: ConfigMap; problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const entries = new Map<string, ConfigEntry>();
  for (const fragment of fragments) {
    for (const [name, entry] of fragment.entries) {
      // A section of which only the heading is left says nothing.
      if (entry.node.kind === 'scalar' && entry.node.value === null) continue;
      const before = entries.get(name);
      entries.set(name, before === undefined ? entry : mergeSection(name, before, entry, problems));
    }
  }
  return { root: { kind: 'map', entries, at: fragments[0]?.at ?? at }, problems };
}

function mergeSection(name: string, before: ConfigEntry, after: ConfigEntry, problems: ConfigProblem[]): ConfigEntry {
  const [left, right] = [before.node, after.node];
  if (left.kind === 'map' && right.kind === 'map') {
    return { ...before, node: { ...left, entries: mergeEntries(name, left, right, problems) } };
  }
  if (left.kind === 'list' && right.kind === 'list') {
    reportTwins(name, left.items, right.items, problems);
    return { ...before, node: { ...left, items: [...left.items, ...right.items] } };
  }
  problems.push({ ...after.keyAt, path: formatPath([name]), message: alreadyAt(before.keyAt) });
  return before;
}

function mergeEntries(
  section: string,
  left: ConfigMap,
  right: ConfigMap,
  problems: ConfigProblem[],
): ReadonlyMap<string, ConfigEntry> {
  const merged = new Map(left.entries);
  for (const [id, entry] of right.entries) {
    const before = merged.get(id);
    if (before === undefined) merged.set(id, entry);
    else problems.push({ ...entry.keyAt, path: formatPath([section, id]), message: alreadyAt(before.keyAt) });
  }
  return merged;
}

/** Items of a list that carry one `id` in two files. */
function reportTwins(
  section: string,
  left: readonly ConfigNode[],
  right: readonly ConfigNode[],
  problems: ConfigProblem[],
): void {
  const known = new Map(left.map((item) => [idOf(item), item.at]));
  for (const [index, item] of right.entries()) {
    const id = idOf(item);
    const before = id === undefined ? undefined : known.get(id);
    if (before === undefined) continue;
    const path = formatPath([section, left.length + index, 'id']);
    problems.push({ ...item.at, path, message: alreadyAt(before) });
  }
}

function idOf(node: ConfigNode): string | undefined {
  const id = node.kind === 'map' ? node.entries.get('id')?.node : undefined;
  return id?.kind === 'scalar' && typeof id.value === 'string' ? id.value : undefined;
}

function alreadyAt(position: Position): string {
  return `is already declared at ${formatPosition(position)}`;
}
