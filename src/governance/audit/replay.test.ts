import { appendFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuditBench, createAuditBench } from '#tests/support/audit-bench';
import { decisionRecord } from '#tests/support/audit-records';
import { decodeFrame, encodeFrame, type Frame, regroupFrame } from './framing.ts';
import { decodeSegmentHeader } from './segment-header.ts';

let bench: AuditBench;

beforeEach(async () => {
  bench = await createAuditBench();
});
afterEach(() => bench.remove());

type Written = { readonly logId: string; readonly directory: string; readonly segment: string };

/** A journal of so many records, each a group of its own, as a crash leaves it: without the last checkpoints. */
async function writeJournal(records: number, config = {}): Promise<Written> {
  const audit = await bench.start({ config });
  for (let index = 0; index < records; index++) await audit.append(decisionRecord({ tool_name: `tool-${index}` }));
  const directory = bench.logDirectory(audit);
  await audit.stop();
  await rm(join(directory, 'checkpoints.ndjson'));
  return { logId: audit.logId() ?? '', directory, segment: join(directory, '000000000001.segment') };
}

async function framesOf(path: string): Promise<{ readonly bytes: Buffer; readonly frames: readonly Frame[] }> {
  const bytes = await readFile(path);
  const frames: Frame[] = [];
  for (let offset = decodeSegmentHeader(bytes)?.end ?? 0; offset < bytes.length; ) {
    const frame = decodeFrame(bytes, offset);
    if ('problem' in frame) throw new Error(`frame at ${offset}: ${frame.problem}`);
    frames.push(frame);
    offset = frame.end;
  }
  return { bytes, frames };
}

describe('a torn tail', () => {
  it('is cut at every length, kept beside the segment, and the log goes on', async () => {
    const { segment } = await writeJournal(3);
    const { bytes, frames } = await framesOf(segment);
    const last = frames[2];
    if (last === undefined) throw new Error('the journal has three records');
    for (const length of [1, 3, 4, 16, 17, 200, last.end - last.offset - 1]) {
      await writeFile(segment, bytes.subarray(0, last.offset + length));
      await rm(join(segment, '..', 'checkpoints.ndjson'), { force: true });
      const audit = await bench.start();
      const keptIn = `${segment}.torn-at-${last.offset}`;
      expect(audit.recovery()?.torn).toEqual({ bytes: length, keptIn, afterSeq: 2 });
      expect(await readFile(keptIn)).toEqual(bytes.subarray(last.offset, last.offset + length));
      expect((await audit.append(decisionRecord())).seq).toBe(3);
      await audit.stop();
    }
  });

  it.each([
    ['zeros', Buffer.alloc(4_096)],
    ['other bytes', Buffer.from('not a frame of this journal')],
  ])('of %s is cut', async (_, tail) => {
    const { segment } = await writeJournal(2);
    await appendFile(segment, tail);
    const audit = await bench.start();
    expect(audit.recovery()?.torn).toMatchObject({ bytes: tail.length, afterSeq: 2 });
  });

  it('may hold whole frames behind a hole, when they are of the group that was never confirmed', async () => {
    const { segment } = await writeJournal(4);
    const { bytes, frames } = await framesOf(segment);
    const [, second, third, fourth] = frames;
    if (second === undefined || third === undefined || fourth === undefined) throw new Error('four records');
    // As if records 2 to 4 had been one group, of which the disk took the last pages first.
    for (const [index, frame] of [second, third, fourth].entries()) {
      regroupFrame(bytes.subarray(frame.offset, frame.end), index);
    }
    bytes.fill(0, second.offset, third.offset);
    await writeFile(segment, bytes);
    const audit = await bench.start();
    expect(audit.recovery()?.torn).toMatchObject({ afterSeq: 1 });
    expect((await audit.append(decisionRecord())).seq).toBe(2);
  });

  it('leaves nothing behind of a segment that was being begun', async () => {
    const { directory } = await writeJournal(1);
    await writeFile(join(directory, '000000000002.segment.unfinished'), 'half a header');
    const audit = await bench.start();
    expect((await audit.append(decisionRecord())).seq).toBe(2);
    expect(await readdir(directory)).not.toContain('000000000002.segment.unfinished');
  });
});

describe('damage to what had been durable', () => {
  async function refusalOf(): Promise<unknown> {
    return bench.start().then(
      () => 'started',
      (error: unknown) => error,
    );
  }

  it('in the middle refuses the start and names the record', async () => {
    const { segment, logId } = await writeJournal(5);
    const { bytes, frames } = await framesOf(segment);
    const offset = (frames[2]?.offset ?? 0) + 100;
    bytes[offset] = (bytes[offset] ?? 0) ^ 1;
    await writeFile(segment, bytes);
    const refusal = await refusalOf();
    expect(refusal).toMatchObject({ kind: 'internal', code: 'journal_corrupt', where: segment });
    expect(refusal).toMatchObject({ message: expect.stringContaining(`record ${logId}-000000000003 at byte`) });
    expect(refusal).toMatchObject({ remedy: expect.stringContaining('infra audit verify') });
    expect(await readFile(segment)).toEqual(bytes);
  });

  it('at the end refuses the start when a checkpoint had covered it', async () => {
    const audit = await bench.start();
    await audit.append(decisionRecord());
    await audit.append(decisionRecord());
    const segment = join(bench.logDirectory(audit), '000000000001.segment');
    await audit.stop();
    const { frames } = await framesOf(segment);
    await truncate(segment, (frames[1]?.end ?? 0) - 1);
    expect(await refusalOf()).toMatchObject({
      code: 'journal_corrupt',
      message: expect.stringContaining('checkpoint'),
    });
    await truncate(segment, frames[1]?.offset ?? 0);
    expect(await refusalOf()).toMatchObject({
      message: expect.stringMatching(/record \w+-000000000002 is missing; a checkpoint covers 2 records/),
    });
  });

  it('is a record that says another number, whatever its checksum', async () => {
    const { segment } = await writeJournal(2);
    const { bytes, frames } = await framesOf(segment);
    const second = frames[1];
    if (second === undefined) throw new Error('two records');
    const forged = encodeFrame(second.payload.toString('utf8').replace('"seq":2', '"seq":3'), 0);
    await writeFile(segment, Buffer.concat([bytes.subarray(0, second.offset), forged]));
    expect(await refusalOf()).toMatchObject({ message: expect.stringContaining('000000000002 does not follow') });
  });

  it('is a missing segment, and a header that was touched', async () => {
    const { directory, logId } = await writeJournal(20, { segment_bytes_max: 4_096 });
    const names = (await readdir(directory)).filter((name) => name.endsWith('.segment')).sort();
    expect(names.length).toBeGreaterThan(3);
    const middle = join(directory, names[1] ?? '');
    const bytes = await readFile(middle);
    await rm(middle);
    const missing = `${logId}-${(names[1] ?? '').slice(0, 12)}`;
    expect(await refusalOf()).toMatchObject({ message: expect.stringContaining(`record ${missing} is missing`) });
    bytes[30] = (bytes[30] ?? 0) ^ 1;
    await writeFile(middle, bytes);
    expect(await refusalOf()).toMatchObject({ code: 'journal_corrupt', where: middle });
  });
});

it('a journal whose first segments are gone goes on with the same tree', async () => {
  const { directory } = await writeJournal(20, { segment_bytes_max: 4_096 });
  const [first] = (await readdir(directory)).filter((name) => name.endsWith('.segment')).sort();
  await rm(join(directory, first ?? ''));
  const audit = await bench.start();
  expect((await audit.append(decisionRecord())).seq).toBe(21);
});

it('several logs in one home refuse the start until one is named', async () => {
  const { logId } = await writeJournal(1);
  const other = await bench.start({ config: { log_id: '000000000abc' } });
  await other.append(decisionRecord());
  await other.stop();
  await expect(bench.start()).rejects.toMatchObject({
    code: 'journal_ambiguous',
    remedy: expect.stringContaining(logId),
  });
  expect((await bench.start({ config: { log_id: logId } })).logId()).toBe(logId);
});
