import { PassThrough, Readable } from 'node:stream';
import { InvariantError } from '#foundation/errors';
import type { Clock } from '#foundation/time';
import { runCli } from '../run-cli.ts';
import type { CliServices, ServicesRequest } from '../services.ts';
import type { Environment } from '../terminal.ts';

export type CliRun = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type CliRunOptions = {
  readonly services?: Partial<CliServices>;
  readonly stdin?: string;
  readonly environment?: Environment;
  /** Whether standard output and standard error are terminals; standard input never is. */
  readonly isTerminal?: boolean;
  readonly clock?: Clock;
  readonly onOpen?: (request: ServicesRequest) => void;
};

export const NOW_MS = Date.UTC(2026, 10, 23, 12, 0, 0);

/** The hands stand still. */
export const stoppedClock: Clock = { nowMs: () => NOW_MS, monotonicMs: () => 0, after: () => () => {} };

/** Runs a command line as the program would, with streams and services of the test. */
export async function cli(words: readonly string[], options: CliRunOptions = {}): Promise<CliRun> {
  const stdout = collector(options.isTerminal ?? false);
  const stderr = collector(options.isTerminal ?? false);
  const code = await runCli(words, {
    stdin: Readable.from([Buffer.from(options.stdin ?? '')]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    environment: options.environment ?? {},
    version: '1.2.3',
    clock: options.clock ?? stoppedClock,
    interruption: () => new AbortController().signal,
    async openServices(request) {
      options.onOpen?.(request);
      return servicesOf(options.services ?? {});
    },
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** What a test does not give is not there; asking for it fails the test. */
function servicesOf(given: Partial<CliServices>): CliServices {
  const absent = (name: string) => () => {
    throw new InvariantError(`this test gives no ${name}`);
  };
  return {
    database: absent('database'),
    identity: absent('identity'),
    secrets: absent('secrets'),
    configuration: absent('configuration'),
    budgets: absent('budgets'),
    routes: absent('routes'),
    places: absent('places'),
    runtime: async () => undefined,
    server: absent('server'),
    serve: absent('serve'),
    diagnose: absent('diagnose'),
    close: async () => {},
    ...given,
  };
}

function collector(isTTY: boolean) {
  const chunks: string[] = [];
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120 });
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString('utf8')));
  return { stream, text: () => chunks.join('') };
}
