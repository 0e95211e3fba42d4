import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditBench, createAuditBench } from '#tests/support/audit-bench';
import { decisionRecord } from '#tests/support/audit-records';
import { proves } from '#tests/support/proves';
import { decodeFrame, encodeFrame, type Frame } from './framing.ts';
import { recordId } from './record.ts';
import { decodeSegmentHeader } from './segment-header.ts';
import { readVerifierKeys } from './signing-key.ts';
import { readFrame, readSegmentHeader, verifyJournal } from './verify-journal.ts';

proves('audit.tamper-evident');

const RECORDS = 1_000;

let bench: AuditBench;
let directory: string;
let logId: string;
let segment: string;
let bytes: Buffer;
let headerEnd: number;
const frames: Frame[] = [];

beforeAll(async () => {
  bench = await createAuditBench();
  const audit = await bench.start({ config: { checkpoint_records: 400 } });
  logId = audit.logId() ?? '';
  directory = bench.logDirectory(audit);
  for (let first = 0; first < RECORDS; first += 200) {
    const some = Array.from({ length: 200 }, (_, index) => decisionRecord({ tool_name: `t${first + index}` }));
    await Promise.all(some.map((record) => audit.append(record)));
  }
  await audit.stop();
  segment = join(directory, '000000000001.segment');
  bytes = await readFile(segment);
  headerEnd = decodeSegmentHeader(bytes)?.end ?? 0;
  for (let offset = headerEnd; offset < bytes.length; offset = frames.at(-1)?.end ?? bytes.length) {
    const frame = decodeFrame(bytes, offset);
    if (!('problem' in frame)) frames.push(frame);
  }
});
afterAll(() => bench.remove());

const frameOf = (seq: number): Frame => frames[seq - 1] ?? expect.fail(`no record ${seq}`);

async function verifyWith(content: Buffer) {
  await writeFile(segment, content);
  const report = await verifyJournal({ directory, keys: await readVerifierKeys(bench.keyDirectory) });
  await writeFile(segment, bytes);
  return report;
}

/** The segment with one record in other words, and a checksum that fits them. */
function withRecord(seq: number, payload: string): Buffer {
  const { offset, end, groupIndex } = frameOf(seq);
  return Buffer.concat([bytes.subarray(0, offset), encodeFrame(payload, groupIndex), bytes.subarray(end)]);
}

describe('a journal', () => {
  it('is clean as it was written', async () => {
    expect(frames).toHaveLength(RECORDS);
    const report = await verifyWith(bytes);
    expect(report).toMatchObject({ ok: true, logs: [{ records: RECORDS, signed_seq: RECORDS }] });
    expect(report.logs[0]?.checkpoints).toBeGreaterThanOrEqual(2);
  });

  it('shows every single byte of its 1,000 records that is flipped', () => {
    // A frame is judged by itself, so each flip costs one frame; what stands around it was read above.
    const undetected: number[] = [];
    for (const { offset, end } of frames) {
      const copy = Buffer.from(bytes.subarray(offset, end));
      for (let index = 0; index < copy.length; index++) {
        copy[index] = (copy[index] ?? 0) ^ 0xff;
        if (readFrame(copy, 0).payload !== undefined || !('problem' in decodeFrame(copy, 0)))
          undetected.push(offset + index);
        copy[index] = (copy[index] ?? 0) ^ 0xff;
      }
    }
    expect(undetected).toEqual([]);
  });

  it('shows every single byte of its header that is flipped', () => {
    for (let index = 0; index < headerEnd; index++) {
      const copy = Buffer.from(bytes.subarray(0, headerEnd + 100));
      copy[index] = (copy[index] ?? 0) ^ 0x01;
      expect(readSegmentHeader(copy, logId, 1)).toBeUndefined();
      expect(decodeSegmentHeader(copy)).toBeUndefined();
    }
  });

  it.each([1, 2, 399, 400, 401, 800, 999])('names record %i when a byte of it was flipped', async (seq) => {
    const copy = Buffer.from(bytes);
    const at = frameOf(seq).offset + 200;
    copy[at] = (copy[at] ?? 0) ^ 0x20;
    expect((await verifyWith(copy)).first_bad).toMatchObject({ kind: 'malformed', id: recordId(logId, seq) });
  });

  it.each([1, 2, 399, 400, 401, 500, 998])(
    'names record %i when it was edited and its checksum with it',
    async (seq) => {
      const payload = frameOf(seq).payload.toString('utf8').replace('"user-1"', '"user-2"');
      expect((await verifyWith(withRecord(seq, payload))).first_bad).toMatchObject({
        kind: 'edited',
        id: recordId(logId, seq),
      });
    },
  );

  it('names the record whose link was edited, and not the one before it', async () => {
    const payload = frameOf(300)
      .payload.toString('utf8')
      .replace(/"prev":"[^"]{4}/, '"prev":"AAAA');
    expect((await verifyWith(withRecord(300, payload))).first_bad).toMatchObject({ id: recordId(logId, 300) });
  });

  it('knows the last record, which nothing follows, by its checkpoint', async () => {
    const payload = frameOf(RECORDS).payload.toString('utf8').replace('"user-1"', '"user-2"');
    const { first_bad: firstBad } = await verifyWith(withRecord(RECORDS, payload));
    expect(firstBad).toMatchObject({ kind: 'edited', detail: expect.stringContaining(recordId(logId, RECORDS)) });
  });

  it('knows a record that was cut out, put in twice, or moved', async () => {
    const { offset, end } = frameOf(700);
    const without = Buffer.concat([bytes.subarray(0, offset), bytes.subarray(end)]);
    expect((await verifyWith(without)).first_bad).toMatchObject({ kind: 'removed', seq: 700 });
    const twice = Buffer.concat([bytes.subarray(0, end), bytes.subarray(offset, end), bytes.subarray(end)]);
    expect((await verifyWith(twice)).first_bad).toMatchObject({ kind: 'inserted', seq: 700 });
    const next = frameOf(701);
    const swapped = Buffer.concat([
      bytes.subarray(0, offset),
      bytes.subarray(next.offset, next.end),
      bytes.subarray(offset, end),
      bytes.subarray(next.end),
    ]);
    const { problems } = await verifyWith(swapped);
    expect(problems.map(({ kind, seq }) => [kind, seq])).toEqual(
      expect.arrayContaining([
        ['removed', 700],
        ['reordered', 700],
      ]),
    );
  });

  it('knows a cut tail, and a journal of which only the checkpoints are left', async () => {
    const cut = bytes.subarray(0, frameOf(RECORDS).offset);
    expect((await verifyWith(cut)).first_bad).toMatchObject({ kind: 'truncated', id: recordId(logId, RECORDS) });
    await rm(segment);
    const report = await verifyJournal({ directory, keys: await readVerifierKeys(bench.keyDirectory) });
    await writeFile(segment, bytes);
    expect(report.first_bad).toMatchObject({ kind: 'truncated', id: recordId(logId, 1) });
  });
});

it('a journal whose oldest segments were freed is verified from the tree state of the first that is left', async () => {
  const other = await createAuditBench();
  try {
    const audit = await other.start({ config: { segment_bytes_max: 8_192 } });
    for (let index = 0; index < 40; index++) await audit.append(decisionRecord());
    await audit.stop();
    const path = other.logDirectory(audit);
    const names = (await readdir(path)).filter((name) => name.endsWith('.segment')).sort();
    await rm(join(path, names[0] ?? ''));
    const keys = await readVerifierKeys(other.keyDirectory);
    const report = await verifyJournal({ directory: path, keys });
    expect(report).toMatchObject({
      ok: true,
      logs: [{ first_seq: Number.parseInt(names[1] ?? '', 10), signed_seq: 40 }],
    });
  } finally {
    await other.remove();
  }
});
