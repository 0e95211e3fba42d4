/**
 * What a command is. One file holds one command: what it takes, what it prints, three examples of its use, and `run`.
 * The framework reads the rest of a command from here: its help, its completion, its page in the reference.
 */
import type { CommandContext } from './context.ts';
import type { Output } from './output.ts';
import type { ArgumentShape, ArgumentValues, OptionShape, OptionValues } from './parameters.ts';

export type CommandExample = {
  /** What stands after `systemprompt`. */
  readonly line: string;
  readonly shows: string;
};

/**
 * `none`: nothing that could be shown beforehand. `change` takes `--dry-run`. `destroy` takes `--dry-run` and `--yes`,
 * and asks before it acts.
 */
export type CommandEffect = 'none' | 'change' | 'destroy';

export type CommandSpec<Arguments extends ArgumentShape, Options extends OptionShape> = {
  readonly effect: CommandEffect;
  /** More than the one line of the command table, where one line does not do. */
  readonly details?: string;
  readonly arguments: Arguments;
  readonly options: Options;
  readonly examples: readonly CommandExample[];
  run(context: CommandContext<ArgumentValues<Arguments>, OptionValues<Options>>): Promise<Output>;
};

/** A command whose own parameter types are behind it, so that a table can hold them all. */
export type Command = Pick<
  CommandSpec<ArgumentShape, OptionShape>,
  'effect' | 'details' | 'arguments' | 'options' | 'examples'
> & {
  /** `context` holds the words as they were typed; each is parsed by its parameter, and a bad one is a usage error. */
  invoke(context: CommandContext<TypedArguments, TypedOptions>): Promise<Output>;
};

export type TypedArguments = readonly string[];
export type TypedOptions = Readonly<Record<string, unknown>>;

export function defineCommand<const Arguments extends ArgumentShape, const Options extends OptionShape>(
  spec: CommandSpec<Arguments, Options>,
): Command {
  return {
    ...spec,
    async invoke(context) {
      return spec.run({
        ...context,
        args: parseArguments(spec.arguments, context.args),
        options: parseOptions(spec.options, context.options),
      });
    },
  };
}

function parseArguments<Shape extends ArgumentShape>(shape: Shape, typed: TypedArguments): ArgumentValues<Shape> {
  const entries = Object.entries(shape).map(([key, parameter], index) => [
    key,
    parameter.isRest ? parameter.parse(typed.slice(index)) : parameter.parse(typed.slice(index, index + 1)),
  ]);
  return Object.fromEntries(entries) as ArgumentValues<Shape>;
}

function parseOptions<Shape extends OptionShape>(shape: Shape, typed: TypedOptions): OptionValues<Shape> {
  const entries = Object.entries(shape).map(([key, parameter]) => [key, parameter.parse(typed[parameter.attribute])]);
  return Object.fromEntries(entries) as OptionValues<Shape>;
}
