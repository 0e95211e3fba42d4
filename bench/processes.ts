/** The processes of one benchmark: started here, stopped here, none left behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadPlan, LoadReport } from './load-plan.ts';

const BENCH = import.meta.dirname;
const LAUNCHER = join(BENCH, '..', 'bin', 'systemprompt.mjs');
const SOURCE_FLAG = '--conditions=systemprompt-source';
const START_MS_MAX = 60_000;
const POLL_MS = 50;

export type Listening = { readonly pid: number; readonly port: number; readonly child: ChildProcess };
export type RunningGateway = Listening & { readonly databaseUrl: string };

/** Starts a file of this directory that prints `{"port": N}` when it listens. */
export function startListener(file: string, args: readonly string[]): Promise<Listening> {
  const child = spawn(process.execPath, [join(BENCH, file), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code} before it listened`)));
    child.stdout.once('data', (line: Buffer) => {
      const { port }: { port: number } = JSON.parse(line.toString());
      resolve({ pid: pidOf(child), port, child });
    });
  });
}

/** Starts the product as its users do; resolves when it says how it is reached. */
export async function startGateway(home: string, services: string): Promise<RunningGateway> {
  const child = spawn(process.execPath, [SOURCE_FLAG, LAUNCHER, 'infra', 'services', 'serve'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, SYSTEMPROMPT_HOME: home, SYSTEMPROMPT_SERVICES: services, SYSTEMPROMPT_PORT: '0' },
  });
  const runtimeFile = join(home, 'runtime.json');
  for (let waitedMs = 0; waitedMs < START_MS_MAX; waitedMs += POLL_MS) {
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode} before it was ready`);
    if (existsSync(runtimeFile)) {
      const runtime: { pid: number; port: number; databaseUrl: string } = JSON.parse(readFileSync(runtimeFile, 'utf8'));
      return { pid: runtime.pid, port: runtime.port, databaseUrl: runtime.databaseUrl, child };
    }
    await sleep(POLL_MS);
  }
  await stop(child);
  throw new Error(`the gateway was not ready within ${START_MS_MAX} ms`);
}

export async function runLoad(plan: LoadPlan): Promise<LoadReport> {
  const child = spawn(process.execPath, [join(BENCH, 'load-client.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(plan));
  const report = await text(child.stdout);
  if (report === '') throw new Error('the load client gave no report');
  return JSON.parse(report);
}

/** Asks it to end and waits until it has. */
export function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.removeAllListeners('exit');
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the process has no id');
  return child.pid;
}
