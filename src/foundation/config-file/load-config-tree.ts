import type { z } from 'zod';
import { type ConfigPath, findNode, plainValue } from './config-node.ts';
import { type ConfigProblem, type Position, sortConfigProblems } from './config-problem.ts';
import { explainIssues } from './explain-issue.ts';
import type { Environment } from './interpolate.ts';
import { jsonSchemaOf } from './json-schema.ts';
import { readTree } from './read-tree.ts';
import { DEFAULT_YAML_BOUNDS, type YamlBounds } from './yaml-source.ts';

export type LoadConfigRequest<Value> = {
  /** The file to begin with. */
  readonly root: string;
  /** What the merged files must be; strict, so that an unknown key is a problem. */
  readonly schema: z.ZodType<Value>;
  /** What `${NAME}` may refer to, besides `${CONFIG_DIR}`: the directory of the file in which that stands. */
  readonly env: Environment;
  /** Rejects with the code ENOENT for a file that is not there. */
  readonly readFile: (path: string) => Promise<string>;
  /** A missing root file is an empty one; false when left out. */
  readonly rootOptional?: boolean;
  readonly bounds?: YamlBounds;
};

export type LoadedConfig<Value> = {
  readonly ok: true;
  readonly value: Value;
  /** The files that were read, in order. */
  readonly sources: readonly string[];
  /** Where something was written, or the nearest thing above it, for checks that look at several slices at once. */
  readonly locate: (path: ConfigPath) => Position;
};

export type RefusedConfig = {
  readonly ok: false;
  readonly problems: readonly ConfigProblem[];
  /** The files that were asked for, missing ones too. */
  readonly sources: readonly string[];
};

export type ConfigResult<Value> = LoadedConfig<Value> | RefusedConfig;

/** Reads, merges and validates a configuration; every problem of every file is in the result, and nothing is thrown. */
export async function loadConfigTree<Value>(request: LoadConfigRequest<Value>): Promise<ConfigResult<Value>> {
  const tree = await readTree({
    root: request.root,
    rootOptional: request.rootOptional ?? false,
    environment: request.env,
    readFile: request.readFile,
    bounds: request.bounds ?? DEFAULT_YAML_BOUNDS,
  });
  const parsed = request.schema.safeParse(plainValue(tree.root));
  if (parsed.success && tree.problems.length === 0) {
    const locate = (path: ConfigPath) => findNode(tree.root, path).at;
    return { ok: true, value: parsed.data, sources: tree.sources, locate };
  }
  const issues = parsed.success ? [] : explainIssues(parsed.error.issues, tree.root, jsonSchemaOf(request.schema));
  // A value that could not be read has said what is wrong with it; that it also has a wrong type is no news.
  const known = new Set(tree.problems.map(placeOf));
  const problems = [...tree.problems, ...issues.filter((problem) => !known.has(placeOf(problem)))];
  return { ok: false, problems: sortConfigProblems(problems, tree.sources), sources: tree.sources };
}

function placeOf(problem: ConfigProblem): string {
  return `${problem.file} ${problem.path}`;
}
