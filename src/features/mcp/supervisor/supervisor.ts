/**
 * The keeper of the children: the only place that starts one. A child gets a clean environment, its own process group
 * under a launcher that outlives the gateway just long enough to end it (watchdog.ts), three file descriptors, and
 * bounds on what it may say.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { messageOf, OperatingError } from '#foundation/errors';
import type { Part } from '#foundation/lifecycle';
import type { Logger } from '#foundation/logging';
import type { Clock } from '#foundation/time';
import type { SecretSource } from '#governance/secrets/secret-value';
import type { StdioDefinition } from '../config.ts';
import { MCP_LIMITS } from '../limits.ts';
import { type Child, guardChild } from './child.ts';
import { type ChildDirectories, childEnvironment, type HostEnvironment } from './child-environment.ts';
import { type ChildRegister, createChildRegister } from './child-register.ts';
import { confinedCommand } from './confinement.ts';
import { createLineReader } from './line-reader.ts';
import { killRunaways } from './runaways.ts';
import { createStderrLog, type StderrLog } from './stderr-log.ts';
import { describeExit, parseWatchdogWord, WATCHDOG_SCRIPT, WATCHDOG_SHELL } from './watchdog.ts';

export type SupervisorDeps = {
  readonly secrets: SecretSource;
  /** Replaces every value of the secret store that stands in the text. */
  readonly redactSecrets: (text: string) => string;
  readonly host: HostEnvironment;
  readonly directories: {
    /** Scratch homes, one for each server. */
    readonly scratch: string;
    readonly logs: string;
    /** The register of running children. */
    readonly register: string;
  };
  readonly clock: Clock;
  readonly logger: Logger;
};

export type ChildEvents = {
  /** One line of standard output; `cut` when it was longer than a message may be. */
  line(line: Buffer, cut: boolean): void;
};

export type Supervisor = Part & {
  launch(definition: StdioDefinition, events: ChildEvents): Promise<Child>;
  log(server: string): StderrLog;
};

export function createSupervisor(given: SupervisorDeps): Supervisor {
  // `node` in a server's command is the runtime that this program runs on.
  const path = [dirname(process.execPath), given.host.path].join(delimiter);
  const deps = { ...given, host: { ...given.host, path } };
  const register = createChildRegister({ directory: deps.directories.register, logger: deps.logger });
  const logs = new Map<string, StderrLog>();
  const children = new Set<Child>();

  function log(server: string): StderrLog {
    let found = logs.get(server);
    if (found === undefined) {
      const file = join(deps.directories.logs, `${server}.log`);
      found = createStderrLog({ path: file, redact: deps.redactSecrets, clock: deps.clock });
      logs.set(server, found);
    }
    return found;
  }

  return {
    name: 'mcp supervisor',
    async start() {
      await register.sweep();
    },
    async stop() {
      await Promise.all([...children].map((child) => child.stop()));
    },
    log,
    async launch(definition, events) {
      const { child, cleared } = await launch(deps, register, definition, events, log(definition.name));
      children.add(child);
      void cleared.then(() => children.delete(child));
      return child;
    },
  };
}

async function launch(
  deps: SupervisorDeps,
  register: ChildRegister,
  definition: StdioDefinition,
  events: ChildEvents,
  log: StderrLog,
): Promise<{ readonly child: Child; readonly cleared: Promise<void> }> {
  const { name, config } = definition;
  const words = confinedCommand(definition, deps.host.path);
  const directories = await childDirectories(deps.directories.scratch, name);
  const env = await environmentOf(definition, deps, directories);
  // A directory that the configuration names may be anybody's.
  const marker = env.TMPDIR === directories.temporary ? directories.temporary : null;
  const launcher = spawn(WATCHDOG_SHELL, ['-c', WATCHDOG_SCRIPT, marker ?? '-', ...words], {
    cwd: config.cwd ?? directories.home,
    env,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const lines = createLineReader(MCP_LIMITS.messageBytesMax, events.line);
  launcher.stdout?.on('data', (chunk: Buffer) => lines.push(chunk));
  // A child that dies while it is written to breaks the pipe; its end is told by `ended`.
  launcher.stdin?.on('error', () => {});
  const { pid, ended } = listen(launcher, name, deps.clock);
  const emptied = ended.then(() => clear(directories.temporary, marker));
  const childPid = await pid;
  const groupId = launcher.pid ?? childPid;
  register.add({ groupId, childPid, server: name, temporary: marker });
  void keepStderr(launcher, childPid, log);
  void ended.then((how) => deps.logger.info({ server: name, pid: childPid }, `MCP server ${name} ${how}`));
  const cleared = emptied.then(() => register.remove(groupId));
  const child = guardChild(launcher, { pid: childPid, groupId }, ended, deps.clock);
  return { child: { ...child, stop: () => child.stop().then(() => cleared) }, cleared };
}

async function environmentOf(
  definition: StdioDefinition,
  { secrets, host }: SupervisorDeps,
  directories: ChildDirectories,
): Promise<Readonly<Record<string, string>>> {
  try {
    return childEnvironment(definition, secrets, host, directories);
  } catch (error) {
    await clear(directories.temporary, null);
    throw error;
  }
}

/** Ends what is left of a child that has ended: descendants that left its group, and its temporary files. */
async function clear(temporary: string, marker: string | null): Promise<void> {
  if (marker !== null) await killRunaways(marker);
  await rm(temporary, { recursive: true, force: true });
}

async function childDirectories(scratch: string, server: string): Promise<ChildDirectories> {
  const home = join(scratch, server, 'home');
  await mkdir(home, { recursive: true, mode: 0o700 });
  return { home, temporary: await mkdtemp(join(scratch, server, 'tmp-')) };
}

/** How long output that is already in the pipes may still arrive after the launcher has ended. */
const LAST_WORDS_MS = 250;

/** Hears the launcher's words: the child's pid, then how it ended. */
function listen(
  launcher: ChildProcess,
  server: string,
  clock: Clock,
): { pid: Promise<number>; ended: Promise<string> } {
  const pid = Promise.withResolvers<number>();
  const ended = Promise.withResolvers<string>();
  let exitCode: number | null = null;
  const words = createLineReader(64, (line) => {
    const word = parseWatchdogWord(line.toString('latin1'));
    if (word?.said === 'pid') pid.resolve(word.pid);
    if (word?.said === 'exit') exitCode = word.code;
  });
  const socket = launcher.stdio[3];
  socket?.on('data', (chunk: Buffer) => words.push(chunk));
  socket?.on('error', () => {});
  const end = () => {
    ended.resolve(describeExit(exitCode));
    pid.reject(startFailure(server, describeExit(exitCode)));
    // A process that left the group may still hold the pipes; nothing of it is awaited.
    for (const stream of launcher.stdio) stream?.destroy();
  };
  launcher.once('close', end);
  launcher.once('exit', () => clock.after(LAST_WORDS_MS, end));
  launcher.once('error', (error) => {
    pid.reject(startFailure(server, `could not be started: ${messageOf(error)}`));
    ended.resolve('could not be started');
  });
  return { pid: pid.promise, ended: ended.promise };
}

function startFailure(server: string, how: string): OperatingError {
  return new OperatingError('upstream', 'mcp_start_failed', `the MCP server ${server} ${how} before it was ready`, {
    remedy: `see systemprompt plugins mcp logs ${server}`,
  });
}

async function keepStderr(launcher: ChildProcess, pid: number, log: StderrLog): Promise<void> {
  let lines: string[] = [];
  const reader = createLineReader(MCP_LIMITS.stderrLineBytesMax, (line) => lines.push(line.toString('utf8')));
  try {
    for await (const chunk of launcher.stderr ?? []) {
      reader.push(Buffer.from(chunk));
      if (lines.length === 0) continue;
      const batch = lines;
      lines = [];
      await log.write(pid, batch);
    }
  } catch {
    // The stream was destroyed with its child.
  }
}
