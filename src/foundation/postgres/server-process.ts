import { type ChildProcess, spawn } from 'node:child_process';
import { appendFile, chmod, chown, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';
import { messageOf, OperatingError, systemCodeOf } from '../errors.ts';
import type { ServerUser } from './server-user.ts';

/** Programs, data and account of one embedded PostgreSQL. */
export type Server = {
  readonly binaries: string;
  readonly dataDirectory: string;
  readonly user: ServerUser | undefined;
  /** Where it writes what befalls it. */
  readonly logFile: string;
};

const LOG_BYTES_MAX = 4_000_000;
const OUTPUT_CHARACTERS_MAX = 4_000;

/** Makes the data directory, in one step: an interrupted attempt leaves nothing that looks like a database. */
export async function initialiseData(server: Server, superuserPassword: string, suffix: string): Promise<void> {
  const unfinished = `${server.dataDirectory}.${suffix}`;
  const passwordFile = `${unfinished}.password`;
  try {
    await mkdir(unfinished, { mode: 0o700 });
    await writeFile(passwordFile, superuserPassword, { mode: 0o600 });
    if (server.user !== undefined) {
      await chown(unfinished, server.user.uid, server.user.gid);
      await chown(passwordFile, server.user.uid, server.user.gid);
    }
    const words = ['-D', unfinished, '--no-sync', '--encoding=UTF8', '--locale=C', '--username=postgres'];
    await runTool(server, 'initdb', [...words, '--auth=scram-sha-256', `--pwfile=${passwordFile}`]);
    await runTool(server, 'initdb', ['-D', unfinished, '--sync-only']);
    await rename(unfinished, server.dataDirectory);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Another process has made it in the meantime; its cluster is as good.
    if (systemCodeOf(error) !== 'ENOTEMPTY' && systemCodeOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/**
 * Starts the postmaster as a direct child in a process group of its own: an interrupt typed at the terminal goes to
 * our group only, and the database stays until calls in flight have been drained.
 */
export async function spawnPostmaster(server: Server, settings: readonly string[]): Promise<ChildProcess> {
  await limitLog(server.logFile);
  const log = await open(server.logFile, 'a', 0o600);
  try {
    const program = join(server.binaries, 'bin', programName('postgres'));
    const child = spawn(program, ['-D', server.dataDirectory, ...settings], {
      ...surroundings(server),
      detached: true,
      windowsHide: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    // A program that cannot be run at all leaves a child without a number, which is how the caller sees it.
    child.on('error', (error) => appendFile(server.logFile, `${error.message}\n`).catch(() => undefined));
    return child;
  } finally {
    await log.close();
  }
}

/** The major version that made the data, undefined when there are none. */
export async function dataVersion(server: Server): Promise<number | undefined> {
  return readFile(join(server.dataDirectory, 'PG_VERSION'), 'utf8').then(Number, () => undefined);
}

/** Asks the postmaster of the data directory to stop and waits for it, at most `seconds`; false when it did not. */
export async function shutDown(server: Server, mode: 'fast' | 'immediate', seconds: number): Promise<boolean> {
  try {
    await runTool(server, 'pg_ctl', ['stop', '-D', server.dataDirectory, '-m', mode, '-w', '-t', String(seconds)]);
    return true;
  } catch {
    return false;
  }
}

/** The last lines that the server wrote, for an error message. */
export async function logTail(server: Server, linesMax: number): Promise<string> {
  const text = await readFile(server.logFile, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-linesMax).join('\n');
}

async function limitLog(logFile: string): Promise<void> {
  await mkdir(dirname(logFile), { recursive: true });
  const size = await stat(logFile).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_BYTES_MAX) await rename(logFile, `${logFile}.1`);
  else if (size > 0) await chmod(logFile, 0o600);
}

/** Runs one of PostgreSQL's own programs to its end; throws with what it said. */
function runTool(server: Server, program: string, words: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const path = join(server.binaries, 'bin', programName(program));
    const child = spawn(path, [...words], { ...surroundings(server), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARACTERS_MAX);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => reject(toolError(program, messageOf(error), path)));
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(toolError(program, output.trim(), path));
    });
  });
}

function toolError(program: string, output: string, path: string): OperatingError {
  return new OperatingError('unavailable', 'embedded_postgres_failed', `${program} failed: ${output}`, {
    where: path,
    remedy: 'systemprompt doctor; or set DATABASE_URL to a PostgreSQL of your own',
  });
}

/** Nothing of our own environment reaches it, and it works from a directory that every account may enter. */
function surroundings(server: Server): { cwd: string; env: Record<string, string>; uid?: number; gid?: number } {
  const env = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' };
  return { cwd: parse(server.dataDirectory).root, env, ...(server.user ?? {}) };
}

function programName(program: string): string {
  return process.platform === 'win32' ? `${program}.exe` : program;
}
