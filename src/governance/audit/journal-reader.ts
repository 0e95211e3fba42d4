import { decodeFrame, FRAME_HEADER_BYTES, frameBytes } from './framing.ts';
import type { RecordBatch } from './ingest-store.ts';
import { corruptJournal } from './journal-error.ts';
import type { JournalFiles } from './journal-files.ts';
import { recordId } from './record.ts';
import type { Segment } from './segments.ts';

export type JournalReaderDeps = {
  readonly files: JournalFiles;
  readonly logId: string;
  readonly segments: () => readonly Segment[];
};

/** Reads durable records back in order, from the page cache as a rule, a batch at a time. */
export type JournalReader = {
  /**
   * The records from `seq` on that fit in `bytesMax`, at least one; not beyond `lastSeq` or the end of a segment.
   * Undefined when the journal does not hold that record any more.
   */
  read(seq: number, lastSeq: number, bytesMax: number): Promise<RecordBatch | undefined>;
  /** The oldest record that the journal still holds, or the next one to come. */
  firstSeq(): number;
};

export function createJournalReader(deps: JournalReaderDeps): JournalReader {
  /** Where the record `seq` begins, as the last read left it. */
  let cursor: { path: string; seq: number; offset: number } | undefined;

  async function read(seq: number, lastSeq: number, bytesMax: number): Promise<RecordBatch | undefined> {
    const segment = deps.segments().find((candidate) => candidate.firstSeq <= seq && seq <= candidate.lastSeq);
    if (segment === undefined) return undefined;
    if (cursor?.path !== segment.path || cursor.seq !== seq) {
      cursor = { path: segment.path, seq: segment.firstSeq, offset: segment.headerBytes };
    }
    const last = Math.min(lastSeq, segment.lastSeq);
    while (cursor.seq < seq) await advance(segment, seq - 1, bytesMax);
    return advance(segment, last, bytesMax);
  }

  /** Reads one window of the segment from the cursor on, and moves the cursor behind what it answers. */
  async function advance(segment: Segment, lastSeq: number, bytesMax: number): Promise<RecordBatch> {
    const start = cursor ?? { path: segment.path, seq: segment.firstSeq, offset: segment.headerBytes };
    const window = await readWindow(segment, start.offset, bytesMax);
    const lines: Buffer[] = [];
    let offset = 0;
    let seq = start.seq;
    while (seq <= lastSeq) {
      const frame = decodeFrame(window, offset);
      if ('problem' in frame) {
        if (frame.problem === 'incomplete' && lines.length > 0) break;
        throw corruptJournal(segment.path, `record ${recordId(deps.logId, seq)} cannot be read back`);
      }
      if (lines.length > 0) lines.push(LINE_FEED);
      lines.push(frame.payload);
      offset = frame.end;
      seq += 1;
    }
    cursor = { path: segment.path, seq, offset: start.offset + offset };
    return { logId: deps.logId, firstSeq: start.seq, count: seq - start.seq, lines: Buffer.concat(lines) };
  }

  /** At least one whole frame, however long it is; no larger than what there is to read. */
  async function readWindow(segment: Segment, offset: number, bytesMax: number): Promise<Buffer> {
    const wanted = Math.max(Math.min(bytesMax, segment.bytes - offset), FRAME_HEADER_BYTES);
    const window = await deps.files.readFrom(segment.path, offset, wanted);
    const needed = frameBytes(window, 0) ?? 0;
    return needed <= window.length ? window : deps.files.readFrom(segment.path, offset, needed);
  }

  return { read, firstSeq: () => deps.segments()[0]?.firstSeq ?? 1 };
}

const LINE_FEED = Buffer.from('\n');
