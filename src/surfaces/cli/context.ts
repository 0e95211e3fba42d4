import type { Clock } from '#foundation/time';
import type { GlobalOptions } from './global-options.ts';
import type { CliServices } from './services.ts';
import type { Terminal } from './terminal.ts';

/** All that a command may touch. */
export type CommandContext<Arguments, Options> = {
  readonly args: Arguments;
  readonly options: Options;
  readonly globals: GlobalOptions;
  readonly terminal: Terminal;
  readonly services: CliServices;
  readonly clock: Clock;
  /** Say what would be done and do nothing. */
  readonly dryRun: boolean;
  /** Resolves when the person agrees or said `--yes`; rejects with `cancelled`, or with usage where nobody can be asked. */
  confirm(question: string): Promise<void>;
  /** For commands that run until they are stopped: from this call on, SIGINT aborts the signal, once. */
  interruption(): AbortSignal;
};
