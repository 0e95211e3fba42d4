import { Option, Command as Program } from 'commander';
import type { Command, CommandEffect } from './command.ts';
import { COMMAND_GROUPS } from './command-groups.ts';
import { COMMAND_TABLE } from './command-table.ts';
import { GLOBAL_PARAMETERS } from './global-options.ts';
import { HELP_TOPICS } from './help-topics.ts';
import { flag, type OptionParameter } from './parameters.ts';
import type { Paint, Terminal } from './terminal.ts';

export const PROGRAM_NAME = 'systemprompt';

/** What completion scripts call back: `systemprompt complete -- <words>`. */
export const COMPLETE_WORD = 'complete';

/** What a destructive or changing command takes besides its own options. */
export const EFFECT_PARAMETERS = {
  dryRun: flag('--dry-run', 'say what would change, and change nothing'),
  yes: flag('-y, --yes', 'do not ask before it is done'),
} as const;

/** Those of the two that a command of this effect takes. */
export function effectParameters(effect: CommandEffect): readonly OptionParameter<boolean>[] {
  if (effect === 'none') return [];
  return effect === 'change' ? [EFFECT_PARAMETERS.dryRun] : Object.values(EFFECT_PARAMETERS);
}

/** The words of a command line as commander sorted them; its own checks have passed. */
export type TypedCommandLine = {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly globals: Readonly<Record<string, unknown>>;
};

export type ProgramOptions = {
  readonly terminal: Terminal;
  readonly version: string;
  /** The one command that is loaded; the others are names and summaries. */
  readonly loaded: { readonly path: string; readonly command: Command } | undefined;
  readonly onParsed: (typed: TypedCommandLine) => void;
};

/**
 * The whole tree of names for help and suggestions, with parameters for the one command that is loaded. Commander
 * throws a `CommanderError` where it would end the process.
 */
export function createProgram(options: ProgramOptions): Program {
  const { terminal, loaded } = options;
  const program = new Program(PROGRAM_NAME)
    .description('Governs what AI agents ask and do: every call decided, recorded, and only then forwarded.')
    .version(options.version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .usage('<domain> <noun> <verb> [options]')
    .configureOutput({
      writeOut: (text) => terminal.print(text),
      writeErr: (text) => terminal.print(text),
      outputError: () => {},
      getOutHelpWidth: () => Math.min(terminal.columns, 120),
      getOutHasColors: () => true,
    })
    .configureHelp({ ...helpStyle(terminal.paint), sortSubcommands: false })
    .showSuggestionAfterError()
    .exitOverride();
  for (const parameter of Object.values(GLOBAL_PARAMETERS)) program.addOption(optionOf(parameter));
  program.addHelpText('after', () => rootHelp(terminal.paint));
  const nodes = new Map<string, Program>([['', program]]);
  for (const { path, summary } of [...COMMAND_GROUPS, ...COMMAND_TABLE]) addNode(nodes, path, summary);
  if (loaded !== undefined) {
    const leaf = nodes.get(loaded.path) ?? program;
    describe(leaf, loaded.path, loaded.command, terminal.paint);
    leaf.action(() => options.onParsed({ args: leaf.args, options: leaf.opts(), globals: program.opts() }));
  }
  return program;
}

function addNode(nodes: Map<string, Program>, path: string, summary: string): void {
  if (nodes.has(path)) return;
  const words = path.split(' ');
  const parent = nodes.get(words.slice(0, -1).join(' '));
  if (parent === undefined) return;
  const node = parent
    .command(words[words.length - 1] ?? '')
    .description(summary)
    .helpCommand(false);
  nodes.set(path, node);
}

function describe(leaf: Program, path: string, command: Command, paint: Paint): void {
  // The lines of the source are as wide as the source; the terminal's width is commander's to know.
  const details = command.details?.replaceAll('\n', ' ');
  if (details !== undefined) leaf.description(`${leaf.description()}\n\n${details}`);
  for (const parameter of Object.values(command.arguments)) leaf.argument(parameter.label, parameter.summary);
  for (const parameter of Object.values(command.options)) leaf.addOption(optionOf(parameter));
  for (const parameter of effectParameters(command.effect)) leaf.addOption(optionOf(parameter));
  const examples = command.examples.map(
    ({ line, shows }) => `  ${paint('dim', `# ${shows}`)}\n  ${PROGRAM_NAME} ${line}`,
  );
  leaf.addHelpText('after', `\n${paint('bold', 'Examples:')}\n${examples.join('\n\n')}`);
  leaf.addHelpText('after', `\nOptions of every command: ${PROGRAM_NAME} help options`);
  leaf.usage(usageOf(path, command));
}

function usageOf(path: string, command: Command): string {
  const depth = path.split(' ').length;
  const labels = Object.values(command.arguments).map((parameter) => parameter.label);
  return [...labels, depth > 0 ? '[options]' : ''].join(' ').trim();
}

function optionOf(parameter: OptionParameter<unknown>): Option {
  const option = new Option(parameter.flags, parameter.summary);
  if (parameter.choices !== undefined) option.choices([...parameter.choices]);
  if (parameter.fallback !== undefined) option.default(parameter.fallback);
  if (parameter.isRequired === true) option.makeOptionMandatory();
  return option;
}

function rootHelp(paint: Paint): string {
  const topics = HELP_TOPICS.map(({ name, summary }) => `  ${name.padEnd(14)}${summary}`);
  return `
${paint('bold', 'Examples:')}
  ${PROGRAM_NAME} infra services serve              ${paint('dim', '# start; npm start does the same')}
  ${PROGRAM_NAME} doctor                            ${paint('dim', '# is everything as it must be?')}
  ${PROGRAM_NAME} infra logs audit <id> --full      ${paint('dim', '# the whole story of one call')}
  ${PROGRAM_NAME} admin users pat issue <user> --name laptop

${paint('bold', 'Topics:')} (${PROGRAM_NAME} help <topic>)
${topics.join('\n')}`;
}

function helpStyle(paint: Paint) {
  return {
    styleTitle: (text: string) => paint('bold', text),
    styleCommandText: (text: string) => paint('cyan', text),
    styleSubcommandText: (text: string) => paint('cyan', text),
    styleOptionText: (text: string) => paint('cyan', text),
    styleArgumentText: (text: string) => paint('cyan', text),
  };
}
