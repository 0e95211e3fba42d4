/**
 * Reads a shell script as a tree and tells every program that it would run, with wrappers taken off, variables and
 * substitutions followed where the script itself says what they are. Nothing is run.
 */
import { type Command, forEachChild, parse, type Redirection, type SyntaxNode, type Word } from 'unbash';
import { pathFrom } from '../paths.ts';
import { type Environment, expandWord, type Variables } from './expand-word.ts';
import { FORK_BOMB, isForkBomb } from './fork-bomb.ts';
import { embeddedScripts } from './inline-code.ts';
import { knownOutput, literalOutput } from './known-output.ts';
import { type ProgramCall, programName, UNKNOWN } from './program-call.ts';
import { unwrap } from './unwrap.ts';

export type ScriptReading = {
  readonly calls: readonly ProgramCall[];
  /** The texts, this one or scripts inside it, that could not be read to their end. */
  readonly unparsable: readonly string[];
};

/** UTF-16 units of one text; a longer one is not parsed. */
export const SCRIPT_CHARACTERS_MAX = 256 * 1_024;
const DEPTH_MAX = 12;
const CALLS_MAX = 5_000;
/** Levels of the tree on which one script stands; nothing that people write comes near. */
const LEVELS_MAX = 400;
/** Stages of a pipeline that are remembered as what feeds the next. */
const FEEDS_MAX = 20;
/** Values that one variable may have. */
const VALUES_MAX = 16;

type Context = {
  readonly variables: Variables;
  /** For a variable, the calls whose output it holds. */
  readonly origins: Map<string, readonly ProgramCall[]>;
  /** Moved by `cd`; a subshell moves its own. */
  readonly place: { directory: string | undefined };
  readonly feeds: readonly ProgramCall[];
  readonly input: string | undefined;
  /** Whether this place may be reached or not, so that an assignment adds to what a variable may hold. */
  readonly isConditional: boolean;
};

export function readScript(text: string, isProgram: (name: string) => boolean): ScriptReading {
  const reader = createReader(isProgram);
  reader.read(text, emptyContext(), 0);
  return { calls: reader.calls, unparsable: reader.unparsable };
}

/** The calls of words that are run without a shell: an array of arguments. */
export function readArguments(words: readonly string[], isProgram: (name: string) => boolean): ScriptReading {
  const reader = createReader(isProgram);
  reader.run(words, emptyContext(), [], 0);
  return { calls: reader.calls, unparsable: reader.unparsable };
}

function emptyContext(): Context {
  return {
    variables: new Map(),
    origins: new Map(),
    place: { directory: undefined },
    feeds: [],
    input: undefined,
    isConditional: false,
  };
}

function createReader(isProgram: (name: string) => boolean) {
  const calls: ProgramCall[] = [];
  const unparsable: string[] = [];
  let reading = '';
  let level = 0;
  /** Calls whose output stands in the variables that were expanded, in the order of reading. */
  const expanded: ProgramCall[] = [];

  function read(text: string, context: Context, depth: number): void {
    const script = text.replaceAll(/[\uFFFE\uFFFF]/g, (mark) => (depth === 0 || mark !== UNKNOWN ? '' : mark));
    if (script.trim() === '') return;
    const outer = reading;
    reading = script;
    if (depth > DEPTH_MAX || script.length > SCRIPT_CHARACTERS_MAX) giveUp();
    else visit(parse(script), context, depth);
    reading = outer;
  }

  /** The text that is being read is judged by its words instead. */
  function giveUp(): void {
    if (unparsable.at(-1) !== reading) unparsable.push(reading);
  }

  function visit(node: SyntaxNode, context: Context, depth: number): void {
    if (calls.length > CALLS_MAX || level > LEVELS_MAX) {
      giveUp();
      return;
    }
    level++;
    if (node.type === 'Pipeline') visitPipeline(node, context, depth);
    else if (node.type === 'Command') visitCommand(node, context, depth);
    else if (node.type === 'Redirected') visitRedirected(node, context, depth);
    else visitChildren(node, contextInside(node, context), depth);
    level--;
  }

  /** Notes what a node tells by itself, and gives the context of what stands inside it. */
  function contextInside(node: SyntaxNode, context: Context): Context {
    switch (node.type) {
      case 'Script':
        if (node.errors !== undefined && node.errors.length > 0) giveUp();
        return { ...context, place: { ...context.place } };
      case 'Subshell':
        return { ...context, place: { ...context.place } };
      case 'For':
      case 'Select':
        if (node.wordlist !== undefined) {
          context.variables.set(node.name.value, expandAll(node.wordlist, context).slice(0, VALUES_MAX));
        }
        return { ...context, isConditional: true };
      case 'Function':
        if (isForkBomb(node)) push({ program: FORK_BOMB, args: [] }, context, []);
        return { ...context, isConditional: true };
      case 'If':
      case 'While':
      case 'Case':
        return { ...context, isConditional: true };
      case 'SimpleExpansion':
        expanded.push(...(context.origins.get(node.text.slice(1)) ?? []));
        return context;
      case 'ParameterExpansion':
        expanded.push(...(context.origins.get(node.parameter) ?? []));
        return context;
      default:
        return context;
    }
  }

  function visitRedirected(node: Extract<SyntaxNode, { type: 'Redirected' }>, context: Context, depth: number): void {
    const input = inputOf(node.redirects, context) ?? context.input;
    visit(node.command, { ...context, input }, depth);
    for (const redirect of node.redirects) {
      visitChildren(redirect, context, depth);
      noteTruncated(redirect, context);
    }
  }

  function visitChildren(node: SyntaxNode, context: Context, depth: number): void {
    forEachChild(node, (child) => visit(child, context, depth));
  }

  function visitPipeline(node: Extract<SyntaxNode, { type: 'Pipeline' }>, context: Context, depth: number): void {
    let feeds = context.feeds;
    let input = context.input;
    for (const stage of node.commands) {
      const first = calls.length;
      visit(stage, { ...context, feeds, input }, depth);
      const own = calls.slice(first);
      feeds = [...feeds, ...own].slice(-FEEDS_MAX);
      input = stage.type === 'Command' ? literalOutput(own.at(-1)) : undefined;
    }
  }

  function visitCommand(node: Command, context: Context, depth: number): void {
    const firstSubstituted = calls.length;
    const firstExpanded = expanded.length;
    visitChildren(node, { ...context, feeds: [], input: undefined }, depth);
    const substituted = [...calls.slice(firstSubstituted), ...expanded.splice(firstExpanded)];
    assign(node, context, substituted);
    for (const redirect of node.redirects) noteTruncated(redirect, context);
    if (node.name === undefined) return;
    const args = node.args.filter((arg): arg is Word => arg.type === 'Word');
    const names = expand(node.name, context);
    const rest = node.args.length === args.length ? expandAll(args, context) : argumentTexts(node, context);
    const input = inputOf(node.redirects, context) ?? context.input;
    // A name of several fields is several words, or one word of several possible values: each is tried as the program.
    for (let index = 0; index < names.length; index++) {
      run([...names.slice(index), ...rest], { ...context, input }, substituted, depth);
    }
  }

  /** Judges words as a call, and what that call runs in its turn. */
  function run(words: readonly string[], context: Context, substituted: readonly ProgramCall[], depth: number): void {
    const [name, ...args] = words;
    if (name === undefined || name === '') return;
    const call = push({ program: programName(name), args }, context, substituted);
    if (depth > DEPTH_MAX) {
      giveUp();
      return;
    }
    if (call.program === 'cd' || call.program === 'pushd') move(args, context);
    const inside = unwrap(call, isProgram);
    for (const script of embeddedScripts(call)) read(script, emptyContext(), depth + 1);
    for (const script of inside.scripts) read(script, { ...context, variables: new Map(context.variables) }, depth + 1);
    for (const nested of inside.calls) run(nested, context, substituted, depth + 1);
  }

  function move(args: readonly string[], { place }: Context): void {
    const target = args.find((arg) => arg === '-' || !arg.startsWith('-')) ?? '~';
    place.directory = target === '-' || target.startsWith(UNKNOWN) ? undefined : pathFrom(place.directory, target);
  }

  function push(
    { program, args }: Pick<ProgramCall, 'program' | 'args'>,
    context: Context,
    substituted: readonly ProgramCall[],
  ): ProgramCall {
    const { input, feeds, place } = context;
    const call = { program, args, input, directory: place.directory, feeds, substituted };
    calls.push(call);
    return call;
  }

  /** A redirection that writes is a call of `>` with the file; `>>` is told apart because it destroys nothing. */
  function noteTruncated(redirect: Redirection, context: Context): void {
    if (redirect.type !== 'Redirect' || redirect.target === undefined) return;
    if (!/^(?:>|>\||&>|>&|>>|&>>|<>)$/.test(redirect.operator)) return;
    const program = redirect.operator.endsWith('>>') ? '>>' : '>';
    push({ program, args: expand(redirect.target, context) }, context, []);
  }

  function expand(word: Word, context: Context): readonly string[] {
    return expandWord(word, { variables: context.variables, evaluate: evaluateWith(context), onTooLong: giveUp });
  }

  function expandAll(words: readonly Word[], context: Context): readonly string[] {
    return words.flatMap((word) => expand(word, context));
  }

  function argumentTexts(node: Command, context: Context): readonly string[] {
    return node.args.flatMap((arg) => (arg.type === 'Word' ? expand(arg, context) : [arg.text]));
  }

  function inputOf(redirects: readonly Redirection[], context: Context): string | undefined {
    for (const redirect of redirects) {
      if (redirect.type === 'HereDoc') return redirect.body.text;
      if (redirect.type === 'HereString' && redirect.target !== undefined)
        return expand(redirect.target, context).join(' ');
    }
    return undefined;
  }

  function assign(node: Command, context: Context, substituted: readonly ProgramCall[]): void {
    const declares = node.name !== undefined && /^(?:export|declare|typeset|local|readonly)$/.test(node.name.value);
    if (node.name !== undefined && !declares) return;
    for (const item of [...node.prefix, ...node.suffix]) {
      if (item.type !== 'Assignment') continue;
      const values = item.value.type === 'Word' ? expand(item.value, context) : expandAll(item.value.elements, context);
      const whole = item.value.type === 'Word' ? [values.join(' ')] : values;
      context.origins.set(item.name, substituted);
      const before = context.variables.get(item.name) ?? [];
      const added = item.append === true ? before.flatMap((start) => whole.map((end) => start + end)) : whole;
      context.variables.set(item.name, (context.isConditional ? [...before, ...added] : added).slice(0, VALUES_MAX));
    }
  }

  function evaluateWith(context: Context): Environment['evaluate'] {
    return (script) => {
      const [statement] = script.commands;
      if (script.commands.length !== 1 || statement?.command.type !== 'Command') return undefined;
      const { name, args } = statement.command;
      const words = args.filter((arg): arg is Word => arg.type === 'Word');
      if (name === undefined) return undefined;
      const fields = expandAll(words, context);
      return knownOutput(programName(name.value), fields);
    };
  }

  return { calls, unparsable, read, run };
}
