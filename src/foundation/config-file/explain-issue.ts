import type { z } from 'zod';
import type { JsonObject } from '../json.ts';
import { nearest } from '../text.ts';
import { type ConfigNode, type ConfigPath, findNode, formatPath } from './config-node.ts';
import type { ConfigProblem } from './config-problem.ts';
import { knownKeysAt } from './json-schema.ts';

type Issue = z.core.$ZodIssue;

/** Turns what the schema found wrong into problems with a place, in words for whoever writes the file. */
export function explainIssues(
  issues: readonly Issue[],
  root: ConfigNode,
  schema: JsonObject,
): readonly ConfigProblem[] {
  return issues.flatMap((issue) => explainIssue(issue, [], root, schema));
}

function explainIssue(issue: Issue, base: ConfigPath, root: ConfigNode, schema: JsonObject): readonly ConfigProblem[] {
  const path = [...base, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const suggestion = nearest(key, knownKeysAt(schema, path, root));
      return problemAt(root, [...path, key], 'there is no such key', suggestion);
    });
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map((inner) => problemAt(root, path, `the name ${wordsOf(inner)}`, undefined));
  }
  if (issue.code === 'invalid_element') {
    return issue.issues.flatMap((inner) => explainIssue(inner, path, root, schema));
  }
  const found = findNode(root, path);
  if (!found.exact) return [problemAt(root, path, missingMessage(issue), undefined)];
  if (issue.code === 'invalid_union') {
    const branch = fittingBranch(issue.errors);
    if (branch !== undefined) return branch.flatMap((inner) => explainIssue(inner, path, root, schema));
  }
  const words = allowedWords(issue);
  const message = words.length > 0 ? oneOf(words, expectedKinds(issue)) : wordsOf(issue, found.node);
  return [problemAt(root, path, message, nearestWord(found.node, words))];
}

function problemAt(root: ConfigNode, path: ConfigPath, message: string, suggestion: string | undefined): ConfigProblem {
  const { at } = findNode(root, path);
  return { ...at, path: formatPath(path), message, ...(suggestion === undefined ? {} : { suggestion }) };
}

function missingMessage(issue: Issue): string {
  const words = allowedWords(issue);
  return words.length === 0 ? 'is missing' : `is missing; it ${oneOf(words, expectedKinds(issue))}`;
}

/**
 * The branch of a union that was meant: the one whose kind of value was written, and of several the one with the
 * fewest faults. Undefined when no branch takes this kind of value.
 */
function fittingBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const fitting = branches.filter((issues) => !issues.some((issue) => issue.path.length === 0 && isKindFault(issue)));
  return fitting.toSorted((left, right) => left.length - right.length)[0];
}

function isKindFault(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

/** The words that were allowed here, over all branches of a union. */
function allowedWords(issue: Issue): readonly string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  if (issue.code !== 'invalid_union') return [];
  if ('options' in issue && Array.isArray(issue.options)) return issue.options.map(String);
  return issue.errors.flatMap((branch) => branch.flatMap(allowedWords));
}

/** The kinds of value that a union takes besides fixed words. */
function expectedKinds(issue: Issue): readonly string[] {
  if (issue.code !== 'invalid_union') return [];
  return issue.errors.flatMap((branch) =>
    branch.flatMap((inner) => (inner.code === 'invalid_type' ? [kindName(inner.expected)] : [])),
  );
}

function oneOf(words: readonly string[], kinds: readonly string[]): string {
  const all = [...words, ...new Set(kinds)];
  return all.length === 1 ? `must be ${all[0]}` : `must be one of ${all.join(', ')}`;
}

function nearestWord(node: ConfigNode, words: readonly string[]): string | undefined {
  return node.kind === 'scalar' && typeof node.value === 'string' ? nearest(node.value, words) : undefined;
}

/** The issue in words; the value that was written is never repeated. */
function wordsOf(issue: Issue, node?: ConfigNode): string {
  if (issue.code === 'invalid_type') {
    const written = node === undefined ? '' : `, not ${writtenKind(node, issue.expected)}`;
    return `must be ${kindName(issue.expected)}${written}`;
  }
  if (issue.code === 'invalid_union') {
    const kinds = [...new Set(expectedKinds(issue))];
    return kinds.length === 0 ? 'is not of an allowed form' : `must be ${kinds.join(' or ')}`;
  }
  if (issue.code === 'too_small' || issue.code === 'too_big') return sizeWords(issue);
  if (issue.code === 'not_multiple_of') return `must be a multiple of ${issue.divisor}`;
  if (issue.code === 'invalid_format' && issue.message.startsWith('Invalid')) return `must be ${formatName(issue)}`;
  return issue.message;
}

type SizeIssue = z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig;

function sizeWords(issue: SizeIssue): string {
  const limit = issue.code === 'too_small' ? issue.minimum : issue.maximum;
  const bound = issue.code === 'too_small' ? 'at least' : 'at most';
  const strictly = issue.inclusive === false ? (issue.code === 'too_small' ? 'more than' : 'less than') : bound;
  if (issue.origin === 'string') return `must have ${strictly} ${limit} characters`;
  if (issue.origin === 'array' || issue.origin === 'set') return `must have ${strictly} ${limit} items`;
  return `must be ${strictly} ${limit}`;
}

function formatName(issue: z.core.$ZodIssueInvalidStringFormat): string {
  if (issue.format === 'regex') return `text that matches ${issue.pattern ?? 'the pattern'}`;
  return `a valid ${issue.format}`;
}

const KIND_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  null: 'null',
};

function kindName(expected: string): string {
  return KIND_NAMES[expected] ?? expected;
}

function writtenKind(node: ConfigNode, expected: string): string {
  if (node.kind === 'list') return 'a list';
  if (node.kind === 'map') return 'a map';
  if (node.value === null) return 'nothing';
  if (typeof node.value === 'number') return expected === 'int' ? 'a fraction' : 'a number';
  return typeof node.value === 'boolean' ? 'true or false' : 'text';
}
