import { OUTPUT_FORMATS, type OutputFormat } from './output.ts';
import { choice, flag, negated, type OptionValues, text } from './parameters.ts';

/** Understood by every command, before or after its name. */
export const GLOBAL_PARAMETERS = {
  home: text('--home <directory>', 'where this installation keeps its state (SYSTEMPROMPT_HOME)'),
  profile: text('--profile <name>', 'the profile of that home (SYSTEMPROMPT_PROFILE)'),
  servicesTree: text('--services <directory>', 'the configuration tree (SYSTEMPROMPT_SERVICES)'),
  json: flag('--json', 'print JSON; lists as {"columns":[...],"items":[...]}'),
  yaml: flag('--yaml', 'print YAML'),
  output: choice('-o, --output <format>', 'print in this format', OUTPUT_FORMATS),
  noColor: negated('--no-color', 'no colours (also NO_COLOR)'),
  noInput: negated('--no-input', 'never ask; fail where a question would be'),
  verbose: flag('-v, --verbose', 'say more, and show the stack of an error'),
  quiet: flag('-q, --quiet', 'print data and errors only'),
} as const;

export type GlobalOptions = OptionValues<typeof GLOBAL_PARAMETERS>;

/** The format asked for, or undefined when the terminal decides. */
export function requestedFormat(globals: GlobalOptions): OutputFormat | undefined {
  if (globals.output !== undefined) return globals.output;
  if (globals.json) return 'json';
  return globals.yaml ? 'yaml' : undefined;
}
