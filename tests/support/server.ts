import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from './postgres.ts';
import { ROOT } from './source-files.ts';

export type CliResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type TestServer = {
  readonly baseUrl: string;
  readonly home: string;
  readonly pid: number;
  readonly test: TestDatabase;
  /** Everything the server has printed so far. */
  output(): string;
  /** The command line of this home. */
  cli(args: readonly string[], options?: { readonly input?: string }): Promise<CliResult>;
  /** A command's JSON; fails the test when the command fails. */
  cliJson<T>(args: readonly string[], options?: { readonly input?: string }): Promise<T>;
  /** A new personal access token of the first administrator. */
  adminToken(): Promise<string>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
  /** Starts again on the same home and database. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
};

export type TestServerOptions = {
  /** Text of the profile; without one the defaults of a first run. */
  readonly profile?: string;
  /** Files of a services tree by relative path; without one the example tree. */
  readonly services?: Readonly<Record<string, string>>;
  /** Secrets to store before the start. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Another way to the database of the test run, given the connection string. */
  readonly throughConnection?: (connectionString: string) => Promise<string>;
  /** On the server that we bring along, instead of a database of the test run. */
  readonly embedded?: boolean;
};

/** A real server in a process of its own, on a home, a database and a port of its own. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const home = mkdtempSync(join(tmpdir(), 'systemprompt-e2e-'));
  const test = await createTestDatabase();
  const connectionString = (await options.throughConnection?.(test.connectionString)) ?? test.connectionString;
  const services = options.services === undefined ? undefined : writeTree(join(home, 'tree'), options.services);
  if (options.profile !== undefined) {
    mkdirSync(join(home, 'profiles', 'local'), { recursive: true });
    writeFileSync(join(home, 'profiles', 'local', 'profile.yaml'), options.profile);
  }
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    SYSTEMPROMPT_HOME: home,
    SYSTEMPROMPT_PORT: '0',
    ...(options.embedded === true ? {} : { DATABASE_URL: connectionString }),
    ...(services === undefined ? {} : { SYSTEMPROMPT_SERVICES: services }),
    ...options.environment,
  };
  const cli = (args: readonly string[], input: { readonly input?: string } = {}) =>
    runCli(args, environment, input.input);
  for (const [name, value] of Object.entries(options.secrets ?? {})) {
    const stored = await cli(['admin', 'config', 'secret', 'set', name], { input: value });
    if (stored.code !== 0) throw new Error(`secret ${name} could not be stored: ${stored.stderr}`);
  }
  let running = await launch(environment);

  async function cliJson<T>(args: readonly string[], input: { readonly input?: string } = {}): Promise<T> {
    const result = await cli(['--json', ...args], input);
    if (result.code !== 0) throw new Error(`systemprompt ${args.join(' ')} exited ${result.code}: ${result.stderr}`);
    return JSON.parse(result.stdout);
  }

  return {
    get baseUrl() {
      return running.baseUrl;
    },
    get pid() {
      return running.child.pid ?? 0;
    },
    home,
    test,
    output: () => running.output(),
    cli,
    cliJson,
    async adminToken() {
      const issue = ['admin', 'users', 'pat', 'issue', 'admin@localhost', '--name', 'test'];
      return (await cliJson<{ secret: string }>(issue)).secret;
    },
    kill: (signal) => end(running.child, signal),
    async restart() {
      await end(running.child, 'SIGTERM');
      running = await launch(environment);
    },
    async dispose() {
      await end(running.child, 'SIGTERM');
      await test.drop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function writeTree(root: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

type Running = { readonly child: ChildProcess; readonly baseUrl: string; output(): string };

const START_MS_MAX = 45_000;

function launch(environment: Readonly<Record<string, string>>): Promise<Running> {
  const child = spawn(
    process.execPath,
    ['--conditions=systemprompt-source', join(ROOT, 'bin', 'systemprompt.mjs'), 'infra', 'services', 'serve'],
    {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  return new Promise((resolve, reject) => {
    const overdue = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the server was not ready in time; it printed:\n${output}`));
    }, START_MS_MAX);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const baseUrl = /ready\s+(http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
      if (baseUrl === undefined) return;
      clearTimeout(overdue);
      resolve({ child, baseUrl, output: () => output });
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => {
      clearTimeout(overdue);
      reject(new Error(`the server ended with ${code}; it printed:\n${output}`));
    });
  });
}

function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.kill(signal);
  });
}

function runCli(args: readonly string[], env: Readonly<Record<string, string>>, input = ''): Promise<CliResult> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--conditions=systemprompt-source', join(ROOT, 'bin', 'systemprompt.mjs'), ...args],
      { env, maxBuffer: 64 * 1_024 * 1_024 },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

/** Processes whose environment or command line names `text`; for "no process exists". */
export function processesNaming(text: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
      } catch {
        return false;
      }
    });
}
