/**
 * Runs before `npm start` and `npm test`: brings node_modules to what package-lock.json says, and does nothing when it
 * is there already. Plain JavaScript with built-ins only, because it runs on whatever Node.js the machine has (18 or
 * later) before anything is installed.
 *
 * Two runs at once are safe: the first installs, the others wait for it.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const LOCKFILE = join(ROOT, 'package-lock.json');
const STAMP = join(ROOT, 'node_modules', '.systemprompt-stamp');
const TURN = join(ROOT, '.bootstrap-lock');
const TURN_AGE_MS_MAX = 15 * 60_000;
const TURN_POLL_MS = 200;
const NPM_ARGUMENTS = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'];
const OUTPUT_TAIL_CHARACTERS = 4_000;

const wanted = fingerprint();
if (readOr(STAMP, '') === wanted) keepStampNewer();
else process.exitCode = await bringUpToDate();

/** `./systemprompt` asks us only when the lock is newer than the stamp; a lock that was merely touched is no news. */
function keepStampNewer() {
  if (statSync(LOCKFILE).mtimeMs <= statSync(STAMP).mtimeMs) return;
  utimesSync(STAMP, new Date(), new Date());
}

async function bringUpToDate() {
  await takeTurn();
  try {
    // Whoever had the turn before may have done the work.
    if (readOr(STAMP, '') === wanted) return 0;
    return await install();
  } finally {
    rmSync(TURN, { force: true });
  }
}

/** What the installed tree must match: the lock and the platform whose packages were chosen. */
function fingerprint() {
  if (!existsSync(LOCKFILE)) {
    fail('package-lock.json is missing', 'this checkout is incomplete', 'git checkout package-lock.json');
  }
  const lock = createHash('sha256').update(readFileSync(LOCKFILE)).digest('hex');
  return `${lock} ${process.platform}-${process.arch}\n`;
}

async function install() {
  const startedMs = Date.now();
  const ending = runNpm();
  say(`Installing dependencies (${existsSync(STAMP) ? 'the lock has changed' : 'first run'}; about a minute) ...`);
  const { code, output } = await ending;
  if (code !== 0) {
    const [why, next] = explain(output);
    console.error(output.slice(-OUTPUT_TAIL_CHARACTERS).trimEnd());
    fail(`npm ${NPM_ARGUMENTS.join(' ')} failed with exit code ${code}`, why, next);
  }
  writeFileSync(STAMP, wanted);
  say(`Dependencies installed in ${Math.round((Date.now() - startedMs) / 1_000)} s.`);
  return 0;
}

function runNpm() {
  const [command, ...before] = findNpm();
  const child = spawn(command, [...before, ...NPM_ARGUMENTS], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    // The outer npm hands its own settings on by the environment; --ignore-scripts and the rest are said above.
    env: { ...process.env, NODE_ENV: 'development' },
    shell: command === 'npm' && process.platform === 'win32',
  });
  let output = '';
  const keep = (chunk) => {
    output = `${output}${chunk}`.slice(-4 * OUTPUT_TAIL_CHARACTERS);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const release = () => {
    child.kill('SIGTERM');
    rmSync(TURN, { force: true });
    process.exit(130);
  };
  process.once('SIGINT', release);
  process.once('SIGTERM', release);
  return new Promise((done) => {
    child.on('error', (error) => done({ code: 127, output: `${error.message}` }));
    child.on('close', (code) => done({ code: code ?? 1, output }));
  });
}

/** The npm that runs us, else the one beside this Node.js, else the one on PATH. */
function findNpm() {
  const node = process.env.npm_node_execpath ?? process.execPath;
  const running = process.env.npm_execpath;
  if (running !== undefined && /^npm(-cli)?\.[cm]?js$/.test(basename(running))) return [node, running];
  const beside = [
    join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ].find(existsSync);
  return beside === undefined ? ['npm'] : [process.execPath, beside];
}

/** Why npm failed and what mends it, from the code that npm prints. */
function explain(output) {
  const again = 'then run the same command again';
  const table = [
    [
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|E50\d/,
      'the package registry cannot be reached',
      `check the network and any proxy (npm config get registry; npm config get proxy), ${again}`,
    ],
    [/ENOSPC/, 'the disk is full', `free about 700 MB at ${ROOT}, ${again}`],
    [/EACCES|EPERM|EROFS/, 'a directory may not be written', `make ${ROOT} writable for this user, ${again}`],
    [
      /EUSAGE|can only install packages when/,
      'package-lock.json does not match package.json',
      `git checkout package.json package-lock.json, ${again}`,
    ],
    [/EINTEGRITY/, 'a downloaded package does not match its checksum', `npm cache verify, ${again}`],
    [/spawn npm ENOENT|not found/, 'npm was not found', `install Node.js with npm from https://nodejs.org, ${again}`],
  ];
  const row = table.find(([pattern]) => pattern.test(output));
  return row === undefined
    ? ['npm says above what went wrong', `cd ${ROOT} && npm ${NPM_ARGUMENTS.join(' ')}`]
    : [row[1], row[2]];
}

/** Waits until no other bootstrap of this checkout runs. A turn whose owner is gone is taken over. */
async function takeTurn() {
  for (let waits = 0; ; waits++) {
    try {
      writeFileSync(TURN, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') {
        fail(`${TURN} cannot be written`, error.message, `make ${ROOT} writable for this user`);
      }
    }
    const owner = readOr(TURN, '');
    if (isAbandoned(owner)) removeTurnOf(owner);
    else {
      if (waits === 0) say('Another run is installing dependencies; waiting for it ...');
      await new Promise((next) => setTimeout(next, TURN_POLL_MS));
    }
  }
}

function isAbandoned(owner) {
  try {
    if (Date.now() - statSync(TURN).mtimeMs > TURN_AGE_MS_MAX) return true;
  } catch {
    return false;
  }
  // Between the creation of the file and its content, it has no owner yet.
  if (!/^\d+$/.test(owner)) return false;
  try {
    process.kill(Number(owner), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** Renaming is what only one of several can do; a turn that changed hands in between is put back. */
function removeTurnOf(owner) {
  const aside = `${TURN}.${process.pid}`;
  try {
    renameSync(TURN, aside);
    if (readOr(aside, '') === owner) rmSync(aside, { force: true });
    else renameSync(aside, TURN);
  } catch {
    // Another process was faster.
  }
}

function readOr(path, fallback) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}

function say(line) {
  console.error(line);
}

function fail(what, why, next) {
  rmSyncOwnTurn();
  console.error(`error: ${what}\n  why:  ${why}\n  next: ${next}`);
  process.exit(1);
}

function rmSyncOwnTurn() {
  if (readOr(TURN, '') === String(process.pid)) rmSync(TURN, { force: true });
}
