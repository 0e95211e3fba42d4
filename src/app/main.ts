import { readFileSync } from 'node:fs';
import { parseTrustedJson, stringMember } from '#foundation/json';
import { systemClock } from '#foundation/time';
import { runCli } from '#surfaces/cli/run-cli';

/** The program: a command line in, an exit code out. Everything but the words themselves is opened when it is needed. */
export async function main(process: NodeJS.Process): Promise<void> {
  // Whoever reads our output may stop reading, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const version = readVersion();
  // A command in progress keeps the process alive, also while it waits for the clock, whose timers do not.
  const hold = setInterval(() => {}, HOLD_MS);
  process.exitCode = await runCli(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    version,
    clock: systemClock,
    interruption: () => interruptionOf(process),
    async openServices(request) {
      const { createCliServices } = await import('./cli-services.ts');
      return createCliServices(request, process, version);
    },
  });
  clearInterval(hold);
}

const HOLD_MS = 3_600_000;

function interruptionOf(process: NodeJS.Process): AbortSignal {
  const controller = new AbortController();
  // Once: a second Ctrl-C ends the process as usual.
  process.once('SIGINT', () => controller.abort());
  return controller.signal;
}

function readVersion(): string {
  const manifest = parseTrustedJson(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return stringMember(manifest, 'version') ?? 'unknown';
}
