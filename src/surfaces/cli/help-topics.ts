import { EXIT_CODES } from './exit-code.ts';
import { GLOBAL_PARAMETERS } from './global-options.ts';

/** A page that belongs to no single command. */
export type HelpTopic = { readonly name: string; readonly summary: string; readonly body: string };

export const HELP_TOPICS: readonly HelpTopic[] = [
  {
    name: 'exit-codes',
    summary: 'what the exit codes mean',
    body: EXIT_CODES.map(({ code, means }) => `${String(code).padStart(4)}  ${means}`).join('\n'),
  },
  {
    name: 'options',
    summary: 'the options of every command',
    body: Object.values(GLOBAL_PARAMETERS)
      .map(({ flags, summary }) => `  ${flags.padEnd(26)}${summary}`)
      .join('\n'),
  },
  {
    name: 'output',
    summary: 'tables, JSON, YAML, and what goes to which stream',
    body: `Data goes to standard output, everything said to standard error.

  systemprompt admin users list                      a table on a terminal, plain columns in a pipe
  systemprompt admin users list --json               {"columns":[...],"items":[...]}
  systemprompt admin users show admin@localhost --json   the object itself
  systemprompt infra logs request list -o ndjson     one JSON object a line

Errors are printed as what, where, why and the next command; under --json as one JSON object on standard error.`,
  },
  {
    name: 'environment',
    summary: 'the variables that are read',
    body: `  SYSTEMPROMPT_HOME        as --home
  SYSTEMPROMPT_PROFILE     as --profile
  SYSTEMPROMPT_SERVICES    as --services
  SYSTEMPROMPT_PORT        as infra services serve --port
  SYSTEMPROMPT_HOST        as infra services serve --host
  SYSTEMPROMPT_ADMIN_EMAIL the first administrator, admin@localhost when it is not set
  DATABASE_URL             a PostgreSQL of your own (15 or later) instead of the embedded one
  NO_COLOR, FORCE_COLOR    colours off, or on
  TERM=dumb                colours off`,
  },
];

export function findHelpTopic(name: string): HelpTopic | undefined {
  return HELP_TOPICS.find((topic) => topic.name === name);
}
