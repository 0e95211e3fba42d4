import type { ProgramCall } from './program-call.ts';

/** The output of a few programs whose output is known without running them. */
export function knownOutput(program: string, args: readonly string[]): string | undefined {
  if (program === 'echo') return echoed(args);
  // The format and what is put into it both count, because nothing is formatted here.
  if (program === 'printf')
    return unescaped([args.join(' '), ...(args.length > 1 ? [args.slice(1).join(' ')] : [])].join('\n'));
  if (program === 'mktemp') return '/tmp/directory/made';
  if (program === 'pwd') return '.';
  if (program === 'which' || program === 'realpath' || program === 'readlink') return args.at(-1);
  if (program === 'git' && args.includes('--show-toplevel')) return '.';
  return undefined;
}

/** What a stage of a pipeline hands to the next, where the script itself says it. */
export function literalOutput(call: ProgramCall | undefined): string | undefined {
  if (call === undefined) return undefined;
  if (call.program === 'tee') return call.input;
  if (call.program === 'cat') return call.args.length === 0 ? call.input : undefined;
  if (call.program === 'echo' || call.program === 'printf') return knownOutput(call.program, call.args);
  return undefined;
}

function echoed(args: readonly string[]): string {
  const isEscaped = args.some((arg) => /^-[neE]*e[neE]*$/.test(arg));
  const text = args.filter((arg) => !/^-[neE]+$/.test(arg)).join(' ');
  return isEscaped ? unescaped(text) : text;
}

/** The escapes of `printf` and `echo -e` that can write any character: `\n`, `\x72`, `\0162`. */
function unescaped(text: string): string {
  return text
    .replaceAll('\\n', '\n')
    .replaceAll(/\\x([0-9A-Fa-f]{1,2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll(/\\0?([0-7]{2,3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
