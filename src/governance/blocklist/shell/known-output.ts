import type { ProgramCall } from './program-call.ts';

/** The output of a few programs whose output is known without running them. */
export function knownOutput(program: string, args: readonly string[]): string | undefined {
  if (program === 'echo') return args.filter((arg) => !/^-[neE]+$/.test(arg)).join(' ');
  if (program === 'printf') return args.length === 1 ? args[0] : args.slice(1).join(' ');
  if (program === 'mktemp') return '/tmp/directory/made';
  if (program === 'pwd') return '.';
  if (program === 'which' || program === 'realpath' || program === 'readlink') return args.at(-1);
  if (program === 'git' && args.includes('--show-toplevel')) return '.';
  return undefined;
}

/** What a stage of a pipeline hands to the next, where the script itself says it. */
export function literalOutput(call: ProgramCall | undefined): string | undefined {
  if (call === undefined) return undefined;
  if (call.program === 'cat' || call.program === 'tee')
    return call.args.length === 0 || call.program === 'tee' ? call.input : undefined;
  if (call.program === 'echo' || call.program === 'printf') return knownOutput(call.program, call.args);
  return undefined;
}
