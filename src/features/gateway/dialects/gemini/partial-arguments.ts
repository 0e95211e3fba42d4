import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';

/**
 * Puts together the arguments of a call that comes in pieces (`partialArgs` of Vertex AI): values at JSON paths
 * (RFC 9535, `$.points[0].label`), long strings bit by bit.
 */
export type PartialArguments = {
  add(pieces: JsonValue | undefined): void;
  /** JSON text of all there is. */
  text(): string;
};

/** A container while it is filled: items by their index, or members by their name. */
type Branch = { readonly kind: 'branch'; readonly isList: boolean; readonly children: Map<string, Node> };
type Leaf = { readonly kind: 'leaf'; readonly texts: string[]; value: JsonValue };
type Node = Branch | Leaf;

const STEPS_MAX = 64;
const ITEMS_MAX = 10_000;

export function createPartialArguments(): PartialArguments {
  const root: Branch = { kind: 'branch', isList: false, children: new Map() };
  return {
    add(pieces) {
      if (!Array.isArray(pieces)) return;
      for (const piece of pieces) if (isJsonObject(piece)) addPiece(root, piece);
    },
    text: () => printed(root),
  };
}

function addPiece(root: Branch, piece: JsonObject): void {
  const steps = stepsOf(stringMember(piece, 'jsonPath') ?? '');
  if (steps === undefined) return;
  const leaf = leafAt(root, steps);
  if (leaf === undefined) return;
  const text = stringMember(piece, 'stringValue');
  if (text !== undefined) leaf.texts.push(text);
  else if (piece.numberValue !== undefined) leaf.value = piece.numberValue;
  else if (typeof piece.boolValue === 'boolean') leaf.value = piece.boolValue;
}

/** `$.a[0]['b c']` as `.a`, `0`, `.b c`; undefined for what is no such path. */
function stepsOf(path: string): readonly (string | number)[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const steps: (string | number)[] = [];
  const step = /\.([^.[\]]+)|\[(\d{1,5})\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/gy;
  step.lastIndex = 1;
  while (step.lastIndex < path.length) {
    const match = step.exec(path);
    if (match === null || steps.length >= STEPS_MAX) return undefined;
    const [, name, index, single, double] = match;
    if (index !== undefined) steps.push(Number(index));
    else steps.push(name ?? (single ?? double ?? '').replace(/\\(.)/g, '$1'));
  }
  return steps.length === 0 || typeof steps[0] === 'number' ? undefined : steps;
}

/** Makes what is missing on the way; undefined where something else is in it. */
function leafAt(root: Branch, steps: readonly (string | number)[]): Leaf | undefined {
  let branch = root;
  for (const [position, step] of steps.entries()) {
    if (branch.isList !== (typeof step === 'number') || branch.children.size >= ITEMS_MAX) return undefined;
    const next = steps[position + 1];
    const known = branch.children.get(String(step));
    const node: Node = known ?? newNode(next);
    if (known === undefined) branch.children.set(String(step), node);
    if (next === undefined) return node.kind === 'leaf' ? node : undefined;
    if (node.kind === 'leaf') return undefined;
    branch = node;
  }
  return undefined;
}

function newNode(next: string | number | undefined): Node {
  if (next === undefined) return { kind: 'leaf', texts: [], value: null };
  return { kind: 'branch', isList: typeof next === 'number', children: new Map() };
}

function printed(node: Node): string {
  if (node.kind === 'leaf') return JSON.stringify(node.texts.length > 0 ? node.texts.join('') : node.value);
  const entries = [...node.children];
  if (!node.isList) return `{${entries.map(([key, child]) => `${JSON.stringify(key)}:${printed(child)}`).join(',')}}`;
  return `[${entries
    .toSorted(([left], [right]) => Number(left) - Number(right))
    .map(([, child]) => printed(child))
    .join(',')}]`;
}
