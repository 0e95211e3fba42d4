import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { type Clock, systemClock } from '#foundation/time';
import { proves } from '#tests/support/proves';
import type { ConfigProblem } from './config-problem.ts';
import { type ConfigResult, type LoadedConfig, loadConfigTree } from './load-config-tree.ts';
import { type ConfigWatch, watchConfig } from './watch-config.ts';

proves('config.reload');

const schema = z.strictObject({ limit: z.int().default(1) });
type Value = z.infer<typeof schema>;

/** A clock on which nothing happens: only an explicit reload reads the files. */
const stillClock: Clock = { nowMs: () => 0, monotonicMs: () => 0, after: () => () => {} };

let directory: string;
let file: string;
let watching: ConfigWatch<Value> | undefined;
let changes: number[];
let reported: (readonly ConfigProblem[])[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'systemprompt-watch-'));
  file = join(directory, 'profile.yaml');
  await writeFile(file, 'limit: 1\n');
  changes = [];
  reported = [];
});
afterEach(async () => {
  await watching?.close();
  await rm(directory, { recursive: true });
});

function load(): Promise<ConfigResult<Value>> {
  return loadConfigTree({ root: file, schema, env: {}, readFile: (path) => readFile(path, 'utf8') });
}

async function start(clock: Clock, onChange = (loaded: LoadedConfig<Value>) => void changes.push(loaded.value.limit)) {
  const initial = await load();
  if (!initial.ok) throw new Error('refused');
  watching = watchConfig({
    initial,
    load,
    clock,
    onChange,
    onProblems: (problems) => reported.push(problems),
    debounceMs: 5,
    pollMs: 20,
  });
  return watching;
}

test('a valid edit is taken over by an explicit reload, once', async () => {
  const watch = await start(stillClock);
  await writeFile(file, 'limit: 2\n');
  expect(await watch.reload()).toMatchObject({ ok: true, value: { limit: 2 } });
  await watch.reload();
  expect([changes, watch.current().value.limit]).toEqual([[2], 2]);
});

test('a broken edit keeps what runs and is reported until it is mended', async () => {
  const watch = await start(stillClock);
  await writeFile(file, 'limit: many\n');
  expect((await watch.reload()).ok).toBe(false);
  expect(watch.current().value.limit).toBe(1);
  expect(watch.problems()).toMatchObject([{ file, line: 1, path: 'limit' }]);
  await writeFile(file, 'limit: 3\n');
  await watch.reload();
  expect(watch.problems()).toEqual([]);
  expect(reported.map((problems) => problems.length)).toEqual([1, 0]);
  expect(changes).toEqual([3]);
});

test('a configuration that cannot be applied is refused like one that cannot be read', async () => {
  const watch = await start(stillClock, () => {
    throw new Error('no such upstream');
  });
  await writeFile(file, 'limit: 2\n');
  expect(await watch.reload()).toMatchObject({ ok: false, problems: [{ message: 'no such upstream' }] });
  expect(watch.current().value.limit).toBe(1);
});

test('reloads asked for while one runs are one more reading, which sees the latest edit', async () => {
  const watch = await start(stillClock);
  const first = watch.reload();
  const [second, third] = [watch.reload(), watch.reload()];
  writeFileSync(file, 'limit: 4\n');
  await first;
  expect(await second).toMatchObject({ ok: true, value: { limit: 4 } });
  expect(await third).toBe(await second);
});

test('an edit is noticed by itself, also when the editor puts a new file in the place of the old', async () => {
  await start(systemClock);
  await writeFile(file, 'limit: 5\n');
  await expect.poll(() => changes).toEqual([5]);
  await writeFile(`${file}.new`, 'limit: 6\n');
  await rename(`${file}.new`, file);
  await expect.poll(() => changes).toEqual([5, 6]);
});

test('a file that is removed and put back is reported and taken over again', async () => {
  const watch = await start(systemClock);
  await rm(file);
  await expect.poll(() => watch.problems().length).toBe(1);
  await writeFile(file, 'limit: 7\n');
  await expect.poll(() => watch.current().value.limit).toBe(7);
});

test('nothing is read after close', async () => {
  const watch = await start(systemClock);
  await watch.close();
  await writeFile(file, 'limit: 8\n');
  await new Promise((resolve) => setImmediate(resolve));
  expect([changes, watch.current().value.limit]).toEqual([[], 1]);
});
