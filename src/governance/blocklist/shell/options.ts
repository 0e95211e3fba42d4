/**
 * The arguments of a call as the usual conventions read them: `-rf` is `-r -f`, `--name=value` is `--name`, `--` ends
 * the options.
 */
export type Options = {
  has(short: string, long?: string): boolean;
  readonly operands: readonly string[];
};

/** `valued` names options that take the next argument as their value, such as `-C` or `--profile`. */
export function readOptions(args: readonly string[], valued: readonly string[] = []): Options {
  const shorts = new Set<string>();
  const longs: string[] = [];
  const operands: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg === '--') {
      operands.push(...args.slice(index + 1));
      break;
    }
    if (valued.includes(arg)) {
      noteOption(arg, shorts, longs);
      index++;
    } else if (arg.length > 1 && arg.startsWith('-')) {
      noteOption(arg, shorts, longs);
    } else {
      operands.push(arg);
    }
  }
  return {
    operands,
    has: (short, long) =>
      (short !== '' && shorts.has(short)) || (long !== undefined && longs.some((given) => abbreviates(given, long))),
  };
}

function noteOption(arg: string, shorts: Set<string>, longs: string[]): void {
  const name = arg.split('=', 1)[0] ?? arg;
  if (name.startsWith('--')) {
    longs.push(name.slice(2));
    return;
  }
  for (const letter of name.slice(1)) shorts.add(letter);
  // PowerShell, Terraform and find write long options with one dash.
  if (name.length > 2) longs.push(name.slice(1).toLowerCase());
}

/** GNU programs take any unambiguous beginning of a long option. */
function abbreviates(given: string, long: string): boolean {
  return given === long || (given.length >= 4 && long.startsWith(given));
}

/** The value of an option given as `-x value`, `-xvalue`, `--name value` or `--name=value`; undefined without it. */
export function optionValues(args: readonly string[], names: readonly string[]): readonly string[] {
  const values: string[] = [];
  for (const [index, arg] of args.entries()) {
    for (const name of names) {
      const next = args[index + 1];
      if (arg === name && next !== undefined) values.push(next);
      else if (name.startsWith('--') && arg.startsWith(`${name}=`)) values.push(arg.slice(name.length + 1));
      else if (isShort(name) && arg.startsWith(name) && arg.length > 2) values.push(arg.slice(2));
      else if (isShort(name) && isClusterEndingIn(arg, name) && next !== undefined) values.push(next);
    }
  }
  return values;
}

function isShort(name: string): boolean {
  return name.length === 2 && name !== '--';
}

/** `-lc` ends in `-c`, so the next argument is its value. */
function isClusterEndingIn(arg: string, name: string): boolean {
  return arg.length > 2 && /^-[A-Za-z]+$/.test(arg) && arg.endsWith(name.slice(1));
}
