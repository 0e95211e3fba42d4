/**
 * From the words of a command line to an exit code:
 * find the command in the table -> load its file -> let commander sort the words -> run it -> draw what it returned.
 */
import { CommanderError } from 'commander';
import { OperatingError } from '#foundation/errors';
import type { Clock } from '#foundation/time';
import type { Command } from './command.ts';
import type { CommandRow } from './command-row.ts';
import { COMMAND_TABLE } from './command-table.ts';
import type { CommandContext } from './context.ts';
import { exitCodeOf } from './exit-code.ts';
import { explainFileProblem } from './file-problem.ts';
import { awaitsWord, findCommand } from './find-command.ts';
import { GLOBAL_PARAMETERS, type GlobalOptions, requestedFormat } from './global-options.ts';
import { findHelpTopic } from './help-topics.ts';
import { COMPLETE_WORD, createProgram, EFFECT_PARAMETERS, PROGRAM_NAME, type TypedCommandLine } from './program.ts';
import { errorAsJson, renderError } from './render-error.ts';
import { renderOutput } from './render-output.ts';
import type { CliServices, ServicesRequest } from './services.ts';
import { createTerminal, type Environment, type Terminal, type TerminalStreams } from './terminal.ts';

export type CliDeps = TerminalStreams & {
  readonly environment: Environment;
  readonly version: string;
  readonly clock: Clock;
  /** From the first call on, SIGINT aborts this signal instead of ending the process; before, it ends it as usual. */
  interruption(): AbortSignal;
  openServices(request: ServicesRequest): Promise<CliServices>;
};

/** Resolves to the exit code; whatever goes wrong has been said on standard error by then. */
export async function runCli(words: readonly string[], deps: CliDeps): Promise<number> {
  const globals = readGlobalsLeniently(words);
  const terminal = createTerminal(deps, deps.environment, globals);
  try {
    return await run(words, deps, terminal);
  } catch (thrown) {
    const error = explainFileProblem(thrown);
    const isJson = requestedFormat(globals) === 'json' || requestedFormat(globals) === 'ndjson';
    // Errors are said under --quiet too, so they do not go through `say`.
    deps.stderr.write(`${isJson ? errorAsJson(error) : renderError(error, terminal.paintTalk, globals.verbose)}\n`);
    return exitCodeOf(error);
  }
}

async function run(words: readonly string[], deps: CliDeps, terminal: Terminal): Promise<number> {
  if (words[0] === COMPLETE_WORD) return completions(words.slice(1), deps, terminal);
  const helpWords = wordsOfHelp(words);
  if (helpWords !== undefined) return help(helpWords, deps, terminal);
  const found = findCommand(words, COMMAND_TABLE);
  if (found.row === undefined) return parseWithoutCommand(words, found.path, deps, terminal);
  const { command } = await found.row.load();
  const typed = parse(words, found.row, command, deps, terminal);
  if (typed === undefined) return 0;
  return execute(command, typed, deps, terminal);
}

async function execute(command: Command, typed: TypedCommandLine, deps: CliDeps, terminal: Terminal): Promise<number> {
  const globals = parseGlobals(typed.globals);
  const services = await deps.openServices({
    home: globals.home,
    profile: globals.profile,
    services: globals.servicesTree,
  });
  try {
    const output = await command.invoke(contextOf(typed, globals, services, deps, terminal));
    await renderOutput(output, requestedFormat(globals), terminal);
    return output.exitCode ?? 0;
  } finally {
    await services.close();
  }
}

function contextOf(
  typed: TypedCommandLine,
  globals: GlobalOptions,
  services: CliServices,
  deps: CliDeps,
  terminal: Terminal,
): CommandContext<TypedCommandLine['args'], TypedCommandLine['options']> {
  const isAgreed = EFFECT_PARAMETERS.yes.parse(typed.options[EFFECT_PARAMETERS.yes.attribute]);
  return {
    args: typed.args,
    options: typed.options,
    globals,
    terminal,
    services,
    clock: deps.clock,
    dryRun: EFFECT_PARAMETERS.dryRun.parse(typed.options[EFFECT_PARAMETERS.dryRun.attribute]),
    interruption: () => deps.interruption(),
    async confirm(question) {
      if (isAgreed) return;
      if (!terminal.isInteractive) {
        throw new OperatingError('invalid_input', 'confirmation_required', `${question} Nobody can be asked here`, {
          remedy: 'say --yes to go ahead, or --dry-run to see what would change',
        });
      }
      if (!(await terminal.ask(question))) throw new OperatingError('cancelled', 'cancelled', 'nothing was changed');
    },
  };
}

/** Undefined when commander printed help instead. */
function parse(
  words: readonly string[],
  row: CommandRow,
  command: Command,
  deps: CliDeps,
  terminal: Terminal,
): TypedCommandLine | undefined {
  let typed: TypedCommandLine | undefined;
  const onParsed = (line: TypedCommandLine) => {
    typed = line;
  };
  const program = createProgram({ terminal, version: deps.version, loaded: { path: row.path, command }, onParsed });
  try {
    program.parse([...words], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return undefined;
    throw usageError(error, row.path);
  }
  return typed;
}

/** A line that names no command: its help, unless it asks for the version or holds an unknown option. */
function parseWithoutCommand(words: readonly string[], path: string, deps: CliDeps, terminal: Terminal): number {
  const program = createProgram({ terminal, version: deps.version, loaded: undefined, onParsed: () => {} });
  const plain = words.filter((word) => !isHelpOption(word));
  // An option whose value is missing would take --help for it.
  const isWhole = !words.includes('--version') && !awaitsWord(plain.at(-1) ?? '');
  try {
    program.parse(isWhole ? [...plain, '--help'] : [...words], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    throw usageError(error, path);
  }
  return 0;
}

async function completions(words: readonly string[], deps: CliDeps, terminal: Terminal): Promise<number> {
  const typed = words[0] === '--' ? words.slice(1) : words;
  const { complete } = await import('./completion/complete.ts');
  const { home, profile, servicesTree: services } = readGlobalsLeniently(typed);
  const lines = await complete(typed, () => deps.openServices({ home, profile, services }));
  if (lines.length > 0) terminal.print(lines.join('\n'));
  return 0;
}

/** `help`, `help <topic>`, `help <command>`. */
async function help(words: readonly string[], deps: CliDeps, terminal: Terminal): Promise<number> {
  const topic = findHelpTopic(words.join(' '));
  if (topic !== undefined) {
    terminal.print(topic.body);
    return 0;
  }
  return run([...words, '--help'], deps, terminal);
}

function wordsOfHelp(words: readonly string[]): readonly string[] | undefined {
  const [first, ...rest] = words.filter((word) => !word.startsWith('-'));
  return first === 'help' ? rest : undefined;
}

function isHelpOption(word: string): boolean {
  return word === '--help' || word === '-h';
}

function usageError(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof CommanderError)) return thrown;
  const [message = '', suggestion] = thrown.message.replace(/^error: /, '').split('\n');
  const more = `${[PROGRAM_NAME, path].filter(Boolean).join(' ')} --help`;
  const meant = /^\(Did you mean (.+)\?\)$/.exec(suggestion ?? '')?.[1];
  return new OperatingError('invalid_input', 'usage', message.replace(/\.$/, ''), {
    remedy: meant === undefined ? more : `did you mean ${meant}? (${more})`,
  });
}

/** How to speak is needed before the words are understood, and also when they never are. */
function readGlobalsLeniently(words: readonly string[]): GlobalOptions {
  const has = (...names: string[]) => words.some((word) => names.includes(word));
  const wordAfter = (...names: string[]) => words.find((_, index) => names.includes(words[index - 1] ?? ''));
  return parseGlobals({
    home: wordAfter('--home'),
    profile: wordAfter('--profile'),
    services: wordAfter('--services'),
    json: has('--json'),
    yaml: has('--yaml'),
    output: wordAfter('-o', '--output'),
    color: has('--no-color') ? false : undefined,
    input: has('--no-input') ? false : undefined,
    verbose: has('-v', '--verbose'),
    quiet: has('-q', '--quiet'),
  });
}

function parseGlobals(typed: Readonly<Record<string, unknown>>): GlobalOptions {
  const value = <Value>(parameter: { attribute: string; parse(typed: unknown): Value }): Value =>
    parameter.parse(typed[parameter.attribute]);
  const { home, profile, servicesTree, json, yaml, output, noColor, noInput, verbose, quiet } = GLOBAL_PARAMETERS;
  return {
    home: value(home),
    profile: value(profile),
    servicesTree: value(servicesTree),
    json: value(json),
    yaml: value(yaml),
    output: value(output),
    noColor: value(noColor),
    noInput: value(noInput),
    verbose: value(verbose),
    quiet: value(quiet),
  };
}
