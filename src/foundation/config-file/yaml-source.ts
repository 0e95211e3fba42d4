import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, Scalar } from 'yaml';
import { type ConfigEntry, type ConfigMap, type ConfigNode, type ConfigPath, formatPath } from './config-node.ts';
import type { ConfigProblem, Position } from './config-problem.ts';
import { type Environment, interpolate, readPlainScalar } from './interpolate.ts';

export type YamlBounds = {
  readonly fileBytesMax: number;
  /** Nodes of one file after its aliases are followed: ten aliases of ten aliases of ... end here. */
  readonly nodesMax: number;
  readonly depthMax: number;
};

export const DEFAULT_YAML_BOUNDS: YamlBounds = { fileBytesMax: 1_048_576, nodesMax: 100_000, depthMax: 64 };

export type YamlSource = {
  /** Undefined when the text is not one well-formed map. */
  readonly root: ConfigMap | undefined;
  readonly problems: readonly ConfigProblem[];
};

/** Reads one file's text: YAML 1.2 core schema, one document, a map at the top. Everything is reported, nothing thrown. */
export function readYaml(file: string, text: string, environment: Environment, bounds: YamlBounds): YamlSource {
  const start: Position = { file, line: 1, column: 1 };
  if (Buffer.byteLength(text) > bounds.fileBytesMax) {
    const message = `the file is larger than ${bounds.fileBytesMax} bytes`;
    return { root: undefined, problems: [{ ...start, path: '', message }] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2', schema: 'core' });
  const positionOf = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    const problems = faults.map((fault) => ({
      ...positionOf(fault.pos[0]),
      path: '',
      message: sentence(fault.message),
    }));
    return { root: undefined, problems };
  }
  if (document.contents === null) return { root: { kind: 'map', entries: new Map(), at: start }, problems: [] };
  const reader = createReader({ positionOf, environment, bounds, resolve: (node) => resolveAlias(node, document) });
  const root = reader.read(document.contents, [], 0);
  const { problems } = reader;
  if (root?.kind === 'map') return { root, problems };
  if (root === undefined) return { root, problems };
  if (root.kind === 'scalar' && root.value === null) {
    return { root: { kind: 'map', entries: new Map(), at: start }, problems };
  }
  return { root: undefined, problems: [...problems, { ...root.at, path: '', message: 'the file must hold a map' }] };
}

type ReaderOptions = {
  readonly positionOf: (offset: number) => Position;
  readonly environment: Environment;
  readonly bounds: YamlBounds;
  readonly resolve: (node: Node) => Node | undefined;
};

/** Turns the parser's nodes into ours, within the bounds. */
function createReader(options: ReaderOptions) {
  const { positionOf, environment, bounds } = options;
  const problems: ConfigProblem[] = [];
  let nodes = 0;
  let exhausted = false;

  function read(node: Node | null, path: ConfigPath, depth: number): ConfigNode | undefined {
    const at = positionOf(node?.range?.[0] ?? 0);
    if (exhausted) return undefined;
    nodes++;
    if (nodes > bounds.nodesMax || depth > bounds.depthMax) {
      exhausted = true;
      const limit = depth > bounds.depthMax ? `${bounds.depthMax} levels deep` : `${bounds.nodesMax} values large`;
      report(at, path, `the file is more than ${limit} once its aliases are followed`);
      return undefined;
    }
    if (isAlias(node)) {
      const target = options.resolve(node);
      if (target !== undefined) return read(target, path, depth + 1);
      report(at, path, 'the alias names no anchor before it');
      return undefined;
    }
    if (isMap<Node, Node | null>(node)) return readMap(node.items, at, path, depth);
    if (isSeq<Node>(node)) {
      const items = node.items.map((item, index) => read(item, [...path, index], depth + 1));
      return { kind: 'list', items: items.filter((item) => item !== undefined), at };
    }
    return { kind: 'scalar', value: readScalar(node, at, path), at };
  }

  function readMap(
    pairs: readonly { readonly key: Node; readonly value: Node | null }[],
    at: Position,
    path: ConfigPath,
    depth: number,
  ): ConfigNode {
    const entries = new Map<string, ConfigEntry>();
    for (const { key, value } of pairs) {
      const keyAt = positionOf(key.range?.[0] ?? 0);
      if (!isScalar(key)) {
        report(keyAt, path, 'a key must be plain text');
        continue;
      }
      const name = String(key.value);
      // Two spellings of one key, such as 1 and "1", are two keys to the parser.
      if (entries.has(name)) report(keyAt, [...path, name], 'the key stands twice');
      const node = value === null ? nothingAt(keyAt) : read(value, [...path, name], depth + 1);
      if (node !== undefined) entries.set(name, { keyAt, node });
    }
    return { kind: 'map', entries, at };
  }

  function readScalar(node: Node | null, at: Position, path: ConfigPath): string | number | boolean | null {
    if (!isScalar(node)) return null;
    const { value } = node;
    if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
    if (typeof value !== 'string') return String(value);
    const { text, missing, changed } = interpolate(value, environment);
    for (const name of missing) report(at, path, `the environment variable ${name} is not set and has no default`);
    return changed && node.type === Scalar.PLAIN ? readPlainScalar(text) : text;
  }

  function report(at: Position, path: ConfigPath, message: string): void {
    problems.push({ ...at, path: formatPath(path), message });
  }

  return { read, problems };
}

function nothingAt(at: Position): ConfigNode {
  return { kind: 'scalar', value: null, at };
}

function resolveAlias(node: Node, document: ReturnType<typeof parseDocument>): Node | undefined {
  return isAlias(node) ? node.resolve(document) : undefined;
}

/** The parser's sentences begin in capitals and may end in a line of its own. */
function sentence(message: string): string {
  const line = message.split('\n')[0] ?? message;
  return `${line.charAt(0).toLowerCase()}${line.slice(1)}`.replace(/[.:]$/, '');
}
