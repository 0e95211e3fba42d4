/** Verifies a log from the files of its journal, reading the format anew: magic, length, CRC, payload. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { isJsonObject, parseTrustedJson, stringMember } from '#foundation/json';
import { type LogBase, LogVerifier, validHeads } from './verify-log.ts';
import { Problems, type VerifyReport } from './verify-report.ts';

export type VerifyJournalOptions = {
  /** The directory of one log: `<home>/journal/<log_id>`. */
  readonly directory: string;
  /** Public keys that may have signed. */
  readonly keys: readonly Buffer[];
  /** Checkpoints from elsewhere, besides those that stand in the directory. */
  readonly notes?: readonly string[];
  /** Called with the number of records that were just verified. */
  readonly onProgress?: (records: number) => void;
};

const SEGMENT_MAGIC = Buffer.from('SPSEG1\n\0', 'latin1');
const FRAME_MAGIC = Buffer.from('SPR1');
const FRAME_HEADER_BYTES = 17;

export async function verifyJournal(options: VerifyJournalOptions): Promise<VerifyReport> {
  const problems = new Problems();
  const logId = basename(options.directory);
  const names = (await readdir(options.directory)).filter((name) => /^\d{12,}\.segment$/.test(name)).sort();
  const notes = [...(await readNotes(options.directory)), ...(options.notes ?? [])];
  const heads = validHeads(notes, logId, options.keys, problems);
  let verifier: LogVerifier | undefined;
  for (const name of names) {
    const bytes = await readFile(join(options.directory, name));
    const firstSeq = Number.parseInt(name, 10);
    const header = readSegmentHeader(bytes, logId, firstSeq);
    if (header === undefined) problems.add('malformed', logId, firstSeq, `the header of ${name} is damaged`);
    verifier ??= new LogVerifier(logId, heads, problems, header?.base);
    for (const frame of readFrames(bytes, header?.end ?? bytes.length)) {
      options.onProgress?.(1);
      if (frame.payload !== undefined) verifier.add(frame.payload);
      else
        problems.add('malformed', logId, verifier.nextSeq(), `the frame at byte ${frame.offset} of ${name} is damaged`);
    }
  }
  verifier ??= new LogVerifier(logId, heads, problems);
  return problems.report('journal', [verifier.finish()]);
}

/** The signed notes that the journal keeps beside its segments; a torn line is none. */
export async function readNotes(directory: string): Promise<readonly string[]> {
  const text = await readFile(join(directory, 'checkpoints.ndjson'), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const note = stringMember(parseLine(line), 'note');
    return note === undefined ? [] : [note];
  });
}

function parseLine(line: string): unknown {
  try {
    return parseTrustedJson(line);
  } catch {
    return undefined;
  }
}

type SegmentStart = { readonly base: LogBase; readonly end: number };

/** The point at which the segment begins, or undefined when its header is not what was written. */
export function readSegmentHeader(bytes: Buffer, logId: string, firstSeq: number): SegmentStart | undefined {
  const bodyStart = SEGMENT_MAGIC.length + 8;
  if (bytes.length < bodyStart || !bytes.subarray(0, SEGMENT_MAGIC.length).equals(SEGMENT_MAGIC)) return undefined;
  const end = bodyStart + bytes.readUInt32BE(SEGMENT_MAGIC.length);
  const body = bytes.subarray(bodyStart, end);
  if (end > bytes.length || crc32(body) !== bytes.readUInt32BE(SEGMENT_MAGIC.length + 4)) return undefined;
  const header = parseLine(body.toString('utf8'));
  if (!isJsonObject(header) || header.log_id !== logId || header.first_seq !== firstSeq) return undefined;
  const { peaks } = header;
  if (!Array.isArray(peaks)) return undefined;
  const hashes = peaks.map((peak) => Buffer.from(String(peak), 'base64'));
  return {
    base: { size: firstSeq - 1, peaks: hashes, previousLeaf: stringMember(header, 'previous_leaf') ?? '' },
    end,
  };
}

export type FoundFrame = { readonly offset: number; readonly payload: Buffer | undefined; readonly end: number };

/** Every frame from `start`; a damaged one without payload, after which the next whole one is looked for. */
export function* readFrames(bytes: Buffer, start: number): Generator<FoundFrame> {
  let offset = start;
  while (offset < bytes.length) {
    const frame = readFrame(bytes, offset);
    yield frame;
    offset = frame.payload === undefined ? nextWholeFrame(bytes, offset + 1) : frame.end;
  }
}

export function readFrame(bytes: Buffer, offset: number): FoundFrame {
  const damaged = { offset, payload: undefined, end: bytes.length };
  if (bytes.length - offset < FRAME_HEADER_BYTES) return damaged;
  if (!bytes.subarray(offset, offset + 4).equals(FRAME_MAGIC)) return damaged;
  const end = offset + FRAME_HEADER_BYTES + bytes.readUInt32BE(offset + 8);
  if (end > bytes.length || crc32(bytes.subarray(offset + 8, end)) !== bytes.readUInt32BE(offset + 4)) return damaged;
  return { offset, payload: bytes.subarray(offset + FRAME_HEADER_BYTES, end), end };
}

function nextWholeFrame(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(FRAME_MAGIC, from); at !== -1; at = bytes.indexOf(FRAME_MAGIC, at + 1)) {
    if (readFrame(bytes, at).payload !== undefined) return at;
  }
  return bytes.length;
}
