import { dirname, resolve } from 'node:path';
import { messageOf, systemCodeOf } from '../errors.ts';
import type { ConfigMap, ConfigNode } from './config-node.ts';
import type { ConfigProblem, Position } from './config-problem.ts';
import type { Environment } from './interpolate.ts';
import { mergeFragments } from './merge-fragments.ts';
import { readYaml, type YamlBounds } from './yaml-source.ts';

export type ReadTreeRequest = {
  readonly root: string;
  /** When true, a missing root file is an empty one. */
  readonly rootOptional: boolean;
  readonly environment: Environment;
  readonly readFile: (path: string) => Promise<string>;
  readonly bounds: YamlBounds;
};

export type ReadTree = {
  readonly root: ConfigMap;
  readonly problems: readonly ConfigProblem[];
  /** Every file that was asked for, missing ones too, in order: what a watcher must watch. */
  readonly sources: readonly string[];
};

const FILES_MAX = 1_000;

/** Reads a file and everything it includes, each once, and merges them in the order in which they are named. */
export async function readTree(request: ReadTreeRequest): Promise<ReadTree> {
  const problems: ConfigProblem[] = [];
  const sources: string[] = [];
  const fragments: ConfigMap[] = [];

  async function visit(file: string, includedAt: Position | undefined, path: string): Promise<void> {
    // Seen before: a cycle, or a file that two others include.
    if (sources.includes(file)) return;
    sources.push(file);
    const text = await readText(file, includedAt, path);
    if (text === undefined) return;
    // What stands beside a file can be named from within it, wherever the tree is.
    const environment = { ...request.environment, CONFIG_DIR: dirname(file) };
    const source = readYaml(file, text, environment, request.bounds);
    problems.push(...source.problems);
    if (source.root === undefined) return;
    const { includes, rest } = splitIncludes(source.root);
    fragments.push(rest);
    await visitIncludes(file, includes);
  }

  async function visitIncludes(file: string, includes: ConfigNode | undefined): Promise<void> {
    if (includes === undefined || (includes.kind === 'scalar' && includes.value === null)) return;
    if (includes.kind !== 'list') {
      problems.push({ ...includes.at, path: 'includes', message: 'must be a list of file names' });
      return;
    }
    for (const [index, item] of includes.items.entries()) {
      const path = `includes[${index}]`;
      if (item.kind !== 'scalar' || typeof item.value !== 'string') {
        problems.push({ ...item.at, path, message: 'must be a file name' });
      } else if (sources.length >= FILES_MAX) {
        problems.push({ ...item.at, path, message: `more than ${FILES_MAX} files are included` });
        return;
      } else {
        await visit(resolve(dirname(file), item.value), item.at, path);
      }
    }
  }

  async function readText(file: string, includedAt: Position | undefined, path: string): Promise<string | undefined> {
    try {
      return await request.readFile(file);
    } catch (error) {
      const missing = systemCodeOf(error) === 'ENOENT';
      if (missing && includedAt === undefined && request.rootOptional) return '';
      const at = includedAt ?? { file, line: 1, column: 1 };
      problems.push({ ...at, path, message: missing ? `there is no file ${file}` : messageOf(error) });
      return undefined;
    }
  }

  const file = resolve(request.root);
  await visit(file, undefined, '');
  const merged = mergeFragments(fragments, { file, line: 1, column: 1 });
  return { root: merged.root, problems: [...problems, ...merged.problems], sources };
}

function splitIncludes(root: ConfigMap): { includes: ConfigNode | undefined; rest: ConfigMap } {
  const entries = new Map(root.entries);
  const includes = entries.get('includes')?.node;
  entries.delete('includes');
  return { includes, rest: { ...root, entries } };
}
