/** Walks what a tool is given and finds the texts in it that will be run, then the rules that they break. */
import { isJsonObject, type JsonValue } from '#foundation/json';
import type { ContentPart } from '#governance/policy/call';
import { type Breach, isKnownProgram, judgeArguments, judgeScript, judgeSql } from './judge-text.ts';
import { scriptsInCode } from './shell/inline-code.ts';
import { programName } from './shell/program-call.ts';
import type { SqlDialect } from './sql/tokenize-sql.ts';
import { wordsOfToolName } from './tool-name.ts';

export type Step = string | number;

/** A breach and the place of the text that commits it. */
export type PlacedBreach = Breach & { readonly path: readonly Step[] };

/** Names of members that hold what a shell runs, whatever the tool; `_`, `-` and case do not count. */
const SHELL_MEMBERS = new Set(
  (
    'command commands cmd cmds script scripts shell bash sh commandline cmdline shellcommand bashcommand shellscript ' +
    'exec execute run argv powershell'
  ).split(' '),
);
const PLURAL_MEMBERS = new Set(['commands', 'cmds', 'scripts']);
const ARGUMENT_MEMBERS = new Set(['args', 'arguments', 'argv', 'parameters', 'params', 'flags']);
const SQL_MEMBERS = new Set([
  'sql',
  'query',
  'queries',
  'statement',
  'statements',
  'sqlquery',
  'rawsql',
  'rawquery',
  'ddl',
  'dml',
]);
const CODE_MEMBERS = new Set(['code', 'source', 'python', 'javascript', 'program', 'snippet']);

/** Members that hold a shell's text in a tool that is a shell by its name. */
const SHELL_TOOL_MEMBERS = new Set(['input', 'text', 'line', 'lines', 'value', 'content', 'stdin', 'keys', 'data']);
const SHELL_TOOL_WORDS = new Set(['bash', 'shell', 'sh', 'zsh', 'terminal', 'powershell', 'console', 'ssh']);

/** A tool that looks for words: its `query` is prose unless it also speaks of a database. */
const SEARCH_TOOL_WORDS = new Set([
  'search',
  'find',
  'web',
  'grep',
  'lookup',
  'docs',
  'fetch',
  'browse',
  'wiki',
  'ask',
  'library',
]);
const DATABASE_TOOL_WORDS = new Set(
  'sql db database postgres postgresql pg mysql mariadb sqlite duckdb bigquery snowflake clickhouse table redshift'.split(
    ' ',
  ),
);

const VALUES_MAX = 100_000;
const DEPTH_MAX = 200;

export type ToolShape = {
  readonly isShell: boolean;
  readonly isSearch: boolean;
  readonly dialect: SqlDialect;
  /** The tool's own name when that is a program that a rule knows, such as `kubectl`. */
  readonly program: string | undefined;
};

export function shapeOfTool(toolName: string, server: string | null): ToolShape {
  const words = wordsOfToolName(toolName);
  const all = [...words, ...wordsOfToolName(toolName.replaceAll('__', '_')), ...wordsOfToolName(server ?? '')];
  const speaksSql = all.some((word) => DATABASE_TOOL_WORDS.has(word));
  const own = programName(toolName.split('__').at(-1) ?? toolName);
  return {
    isShell: words.some((word) => SHELL_TOOL_WORDS.has(word)),
    isSearch: words.some((word) => SEARCH_TOOL_WORDS.has(word)) && !speaksSql,
    dialect: all.some((word) => /^(?:mysql|mariadb)$/.test(word))
      ? 'mysql'
      : all.includes('sqlite')
        ? 'sqlite'
        : 'standard',
    program: isKnownProgram(own) ? own : undefined,
  };
}

export function findBreaches(content: readonly ContentPart[], tool: ToolShape): readonly PlacedBreach[] {
  const breaches: PlacedBreach[] = [];
  const waiting: { path: readonly Step[]; value: JsonValue }[] = [...content];
  let values = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path, value } = next;
    if (++values > VALUES_MAX || path.length > DEPTH_MAX) {
      return [
        ...breaches,
        { rule: 'unparsable', category: 'file-system', says: 'an input that is too large to be read', path: [] },
      ];
    }
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) waiting.push({ path: [...path, index], value: item });
    } else if (isJsonObject(value)) {
      breaches.push(...breachesOfObject(path, value, tool));
      for (const [key, member] of Object.entries(value)) {
        if (member !== undefined && typeof member === 'object') waiting.push({ path: [...path, key], value: member });
      }
    } else if (typeof value === 'string' && tool.isShell && path.length <= 1) {
      breaches.push(...place(judgeScript(value), path));
    }
  }
  return breaches;
}

function breachesOfObject(
  path: readonly Step[],
  object: Readonly<Record<string, JsonValue | undefined>>,
  tool: ToolShape,
): readonly PlacedBreach[] {
  const breaches: PlacedBreach[] = [];
  const args = wordsOf(memberOf(object, ARGUMENT_MEMBERS));
  for (const [key, value] of Object.entries(object)) {
    const name = key.toLowerCase().replaceAll(/[_-]/g, '');
    const here = [...path, key];
    if (SHELL_MEMBERS.has(name) || (tool.isShell && SHELL_TOOL_MEMBERS.has(name))) {
      breaches.push(...place(judgeCommand(value, args, tool, PLURAL_MEMBERS.has(name)), here));
    }
    if (SQL_MEMBERS.has(name) && !(tool.isSearch && name === 'query')) {
      for (const sql of textsOf(value)) breaches.push(...place(judgeSql(sql, tool.dialect), here));
    }
    if (CODE_MEMBERS.has(name)) {
      for (const code of textsOf(value)) breaches.push(...place(scriptsInCode(code).flatMap(judgeScript), here));
    }
    if (ARGUMENT_MEMBERS.has(name) && tool.program !== undefined && args.length > 0) {
      breaches.push(...place(judgeArguments([tool.program, ...args]), here));
    }
  }
  return breaches;
}

/** A text is a script; an array is the words of one call, or a list of scripts, by its name or its first item. */
function judgeCommand(
  value: JsonValue | undefined,
  args: readonly string[],
  tool: ToolShape,
  isPlural: boolean,
): readonly Breach[] {
  if (typeof value === 'string') {
    const breaches = [...judgeScript(value)];
    if (args.length > 0) breaches.push(...judgeArguments([...value.trim().split(/\s+/), ...args]));
    if (tool.program !== undefined) breaches.push(...judgeScript(`${tool.program} ${value}`));
    return breaches;
  }
  const texts = textsOf(value);
  const [first] = texts;
  if (first === undefined) return [];
  const breaches: Breach[] = [];
  if (tool.program !== undefined) breaches.push(...judgeArguments([tool.program, ...texts]));
  const isOneCall = !/\s/.test(first.trim());
  if (isOneCall) breaches.push(...judgeArguments([...texts, ...args]));
  if (isPlural || !isOneCall) breaches.push(...texts.flatMap(judgeScript));
  return breaches;
}

function memberOf(
  object: Readonly<Record<string, JsonValue | undefined>>,
  names: ReadonlySet<string>,
): JsonValue | undefined {
  const key = Object.keys(object).find((candidate) => names.has(candidate.toLowerCase().replaceAll(/[_-]/g, '')));
  return key === undefined ? undefined : object[key];
}

/** Arguments given as an array, or as one text. */
function wordsOf(value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return value.split(/\s+/).filter((word) => word !== '');
  return textsOf(value);
}

function textsOf(value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function place(breaches: readonly Breach[], path: readonly Step[]): readonly PlacedBreach[] {
  return breaches.map((breach) => ({ ...breach, path }));
}
