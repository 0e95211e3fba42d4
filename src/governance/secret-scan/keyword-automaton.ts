import { assert } from '#foundation/errors';

/**
 * Finds every keyword in one pass over a text (Aho and Corasick, 1975), upper and lower case alike. Keywords are ASCII.
 *
 * States are offsets into `transitions`, so that one step is one addition and one load:
 * `state = transitions[state + symbolOf(character)]`. States that end a keyword are numbered last.
 */
export type KeywordAutomaton = {
  readonly transitions: Int32Array;
  /** By ASCII code; 0 for a character of no keyword. */
  readonly symbols: Uint8Array;
  /** A state at or above this one ends at least one keyword. */
  readonly firstAccepting: number;
  /** The indexes of the keywords that end in `state`. */
  keywordsAt(state: number): readonly number[];
};

export function createKeywordAutomaton(keywords: readonly string[]): KeywordAutomaton {
  const { symbols, width } = numberSymbols(keywords);
  const nodes = buildTrie(keywords, symbols);
  const order = linkFailures(nodes);
  return layOut(nodes, order, symbols, width);
}

type Node = { readonly children: Map<number, number>; fail: number; outputs: readonly number[] };

function numberSymbols(keywords: readonly string[]): { symbols: Uint8Array; width: number } {
  const symbols = new Uint8Array(128);
  let width = 1;
  for (const character of keywords.join('')) {
    const code = character.charCodeAt(0);
    assert(code < 128 && character === character.toLowerCase(), 'a keyword is lower-case ASCII');
    if (symbols[code] !== 0) continue;
    symbols[code] = width;
    symbols[character.toUpperCase().charCodeAt(0)] = width;
    width++;
  }
  return { symbols, width };
}

function buildTrie(keywords: readonly string[], symbols: Uint8Array): Node[] {
  const nodes: Node[] = [{ children: new Map(), fail: 0, outputs: [] }];
  for (const [index, keyword] of keywords.entries()) {
    let node = nodeAt(nodes, 0);
    for (const character of keyword) {
      const symbol = symbols[character.charCodeAt(0)] ?? 0;
      let child = node.children.get(symbol);
      if (child === undefined) {
        child = nodes.length;
        nodes.push({ children: new Map(), fail: 0, outputs: [] });
        node.children.set(symbol, child);
      }
      node = nodeAt(nodes, child);
    }
    node.outputs = [...node.outputs, index];
  }
  return nodes;
}

function nodeAt(nodes: readonly Node[], index: number): Node {
  const node = nodes[index];
  assert(node !== undefined, 'a trie points only at its own nodes');
  return node;
}

/** Sets the failure links breadth first and returns the nodes in that order. */
function linkFailures(nodes: Node[]): readonly number[] {
  const order = [0];
  for (const index of order) {
    const node = nodeAt(nodes, index);
    for (const [symbol, childIndex] of node.children) {
      const child = nodeAt(nodes, childIndex);
      if (index !== 0) {
        let fail = node.fail;
        while (fail !== 0 && !nodeAt(nodes, fail).children.has(symbol)) fail = nodeAt(nodes, fail).fail;
        child.fail = nodeAt(nodes, fail).children.get(symbol) ?? 0;
      }
      child.outputs = [...child.outputs, ...nodeAt(nodes, child.fail).outputs];
      order.push(childIndex);
    }
  }
  return order;
}

function layOut(
  nodes: readonly Node[],
  order: readonly number[],
  symbols: Uint8Array,
  width: number,
): KeywordAutomaton {
  const silent = order.filter((index) => nodeAt(nodes, index).outputs.length === 0);
  const accepting = order.filter((index) => nodeAt(nodes, index).outputs.length > 0);
  const places = new Int32Array(nodes.length);
  for (const [place, index] of [...silent, ...accepting].entries()) places[index] = place * width;
  const transitions = new Int32Array(nodes.length * width);
  for (const index of order) {
    const node = nodeAt(nodes, index);
    const place = places[index] ?? 0;
    const failPlace = places[node.fail] ?? 0;
    for (let symbol = 1; symbol < width; symbol++) {
      const child = node.children.get(symbol);
      // Breadth-first order: the row of the failure link is complete already. The root falls back to itself.
      transitions[place + symbol] =
        child !== undefined ? (places[child] ?? 0) : index === 0 ? 0 : (transitions[failPlace + symbol] ?? 0);
    }
  }
  const outputs = accepting.map((index) => nodeAt(nodes, index).outputs);
  return {
    transitions,
    symbols,
    firstAccepting: silent.length * width,
    keywordsAt: (state) => outputs[state / width - silent.length] ?? [],
  };
}
