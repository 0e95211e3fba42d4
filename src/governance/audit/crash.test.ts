import { spawn } from 'node:child_process';
import { readdir, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, parseTrustedJson } from '#foundation/json';
import { type AuditBench, createAuditBench } from '#tests/support/audit-bench';
import { proves } from '#tests/support/proves';
import { recordId } from './record.ts';
import { readVerifierKeys } from './signing-key.ts';
import { readFrames, readSegmentHeader, verifyJournal } from './verify-journal.ts';

proves('audit.durable-before-effect');

let bench: AuditBench;

beforeEach(async () => {
  bench = await createAuditBench();
});
afterEach(() => bench.remove());

/** Every step at which the disk changes, and how often it is passed before the process dies there. */
const FAILPOINTS: readonly (readonly [string, number])[] = [
  ['segment.replace.before', 0],
  ['segment.replace.half', 0],
  ['segment.replace.after', 0],
  ['segment.replace.before', 2],
  ['segment.replace.half', 2],
  ['segment.replace.after', 2],
  ['segment.append.before', 9],
  ['segment.append.half', 0],
  ['segment.append.half', 9],
  ['segment.append.after', 9],
  ['segment.sync.before', 9],
  ['segment.sync.after', 9],
  ['checkpoints.replace.half', 0],
  ['checkpoints.append.before', 1],
  ['checkpoints.append.half', 1],
  ['checkpoints.append.after', 1],
  ['checkpoints.sync.after', 1],
];

describe('after kill -9', () => {
  it.each(FAILPOINTS)('at %s (passed %i times) no effect is without its record', async (failpoint, passes) => {
    expect(await runUntilKilled(failpoint, passes)).toBe('SIGKILL');
    await expectNothingLost();
  });

  it('and a power cut that takes everything unsynced, no effect is without its record', async () => {
    expect(await runUntilKilled('segment.sync.before', 25)).toBe('SIGKILL');
    const synced = new Map((await diary('synced')).map((line) => [line[2] ?? '', Number(line[1])]));
    let cut = 0;
    for (const path of await segmentPaths()) {
      const { size } = await stat(path);
      const kept = synced.get(path) ?? size;
      cut += size - kept;
      await truncate(path, kept);
    }
    expect(cut).toBeGreaterThan(0);
    await expectNothingLost();
  });
});

async function expectNothingLost(): Promise<void> {
  const told = await Promise.all([diary('allowed'), diary('closed')]);
  const audit = await bench.start();
  await audit.stop();
  const records = await recordsById();
  for (const [, id] of told.flat()) expect(records.has(id ?? '')).toBe(true);
  const open = new Set<unknown>();
  for (const [id, record] of records) {
    if (record.kind === 'decision') open.add(id);
    else expect(open.delete(record.decision_id)).toBe(true);
  }
  expect([...open]).toEqual([]);
  const unknown = [...records.values()].filter((record) => record.status === 'unknown');
  expect(unknown.every((record) => record.error === 'crash')).toBe(true);
  expect(audit.recovery()?.closedDecisions).toBe(unknown.length);
  const [logId = ''] = await readdir(bench.journalDirectory);
  const keys = await readVerifierKeys(bench.keyDirectory);
  const report = await verifyJournal({ directory: join(bench.journalDirectory, logId), keys });
  expect(report).toMatchObject({ problems: [], logs: [{ records: records.size, signed_seq: records.size }] });
}

function runUntilKilled(failpoint: string, passes: number): Promise<string | null> {
  const script = join(import.meta.dirname, '../../../tests/support/audit-crash-child.ts');
  const child = spawn(
    process.execPath,
    ['--conditions=systemprompt-source', script, bench.home, failpoint, String(passes)],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => resolve(signal ?? `exit ${code}`));
  });
}

async function diary(word: string): Promise<readonly (readonly string[])[]> {
  const text = await readFile(join(bench.home, 'diary'), 'utf8');
  return text.split('\n').flatMap((line) => (line.startsWith(`${word} `) ? [line.split(' ')] : []));
}

async function segmentPaths(): Promise<readonly string[]> {
  const [logId = ''] = await readdir(bench.journalDirectory);
  const directory = join(bench.journalDirectory, logId);
  const names = await readdir(directory);
  return names.filter((name) => name.endsWith('.segment')).map((name) => join(directory, name));
}

async function recordsById(): Promise<ReadonlyMap<string, JsonObject>> {
  const [logId = ''] = await readdir(bench.journalDirectory);
  const records = new Map<string, JsonObject>();
  for (const path of (await segmentPaths()).toSorted()) {
    const bytes = await readFile(path);
    const header = readSegmentHeader(bytes, logId, records.size + 1);
    for (const { payload } of readFrames(bytes, header?.end ?? bytes.length)) {
      const record = parseTrustedJson(payload?.toString('utf8') ?? 'null');
      if (isJsonObject(record)) records.set(recordId(logId, records.size + 1), record);
    }
  }
  return records;
}
