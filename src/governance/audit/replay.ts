/**
 * Reads a log back at start: every frame, the numbering, the hash chain and the tree, against the last checkpoint.
 *
 * What a crash may leave is a torn tail: frames of the last group, which was never acknowledged. It is cut off, kept
 * beside the segment, and reported. Anything else that does not fit is damage to what had been durable, and refuses
 * the start with the name of the first bad record.
 */
import { basename, join } from 'node:path';
import { isJsonObject, type JsonObject, numberMember, parseTrustedJson } from '#foundation/json';
import { decodeFrame, type Frame, type FrameProblem, findFrame } from './framing.ts';
import { prefixedLeafHash } from './hashing.ts';
import { corruptJournal } from './journal-error.ts';
import type { JournalFiles } from './journal-files.ts';
import { createMovingHead, type LogHead, type MovingHead } from './log-head.ts';
import { rootOfPeaks } from './merkle-tree.ts';
import { OpenDecisions } from './open-decisions.ts';
import { recordId } from './record.ts';
import { decodeSegmentHeader, isSegmentFileName, type SegmentHeader } from './segment-header.ts';
import type { Segment } from './segments.ts';

export type ReplayDeps = {
  readonly files: JournalFiles;
  readonly directory: string;
  readonly logId: string;
  /** The newest signed statement about the log: what it covers had been durable. */
  readonly checkpoint: { readonly size: number; readonly root: Buffer } | undefined;
};

export type Replayed = {
  readonly head: MovingHead;
  readonly segments: readonly Segment[];
  readonly open: OpenDecisions;
  /** What was cut from the end, or null. */
  readonly torn: TornTail | null;
};

export type TornTail = { readonly bytes: number; readonly keptIn: string; readonly afterSeq: number };

const EMPTY_LOG: LogHead = { seq: 0, tree: { size: 0, peaks: [] }, leaf: '' };

export async function replayJournal(deps: ReplayDeps): Promise<Replayed> {
  const names = (await deps.files.list(deps.directory)).filter(isSegmentFileName);
  const open = new OpenDecisions();
  const segments: Segment[] = [];
  let head: MovingHead | undefined;
  let torn: TornTail | null = null;
  for (const [index, name] of names.entries()) {
    const path = join(deps.directory, name);
    const bytes = await deps.files.read(path);
    const decoded = decodeSegmentHeader(bytes);
    if (decoded === undefined) throw corruptJournal(path, `the header of ${name} is not whole`);
    head = continueHead(head, decoded.header, path, deps);
    const end = replayFrames(bytes, decoded.end, head, open, path, deps);
    if (end.problem !== undefined) {
      judgeTail(bytes, end.problem, head, index === names.length - 1, path, deps);
      torn = await cutTail(bytes, end.offset, head.seq(), path, deps.files);
    }
    const { firstSeq } = decoded.header;
    segments.push({ path, firstSeq, lastSeq: head.seq(), headerBytes: decoded.end, bytes: end.offset });
  }
  head ??= createMovingHead(EMPTY_LOG);
  refuseShorterThanSigned(head, deps);
  return { head, segments, open, torn };
}

/** A segment begins exactly where the one before it ended; the first may begin anywhere, as its header says. */
function continueHead(head: MovingHead | undefined, header: SegmentHeader, path: string, deps: ReplayDeps): MovingHead {
  const { logId, firstSeq, previousLeaf, tree } = header;
  if (logId !== deps.logId) throw corruptJournal(path, `${basename(path)} belongs to the log ${logId}`);
  if (head === undefined) return createMovingHead({ seq: firstSeq - 1, tree, leaf: previousLeaf });
  if (firstSeq !== head.seq() + 1) {
    const missing = recordId(logId, head.seq() + 1);
    throw corruptJournal(path, `record ${missing} is missing; ${basename(path)} begins with number ${firstSeq}`);
  }
  if (previousLeaf !== head.leaf() || !rootOfPeaks(tree.peaks).equals(head.root())) {
    throw corruptJournal(path, `${basename(path)} continues another history after ${recordId(logId, head.seq())}`);
  }
  return head;
}

type FramesEnd = { readonly offset: number; readonly problem: FrameProblem | undefined };

function replayFrames(
  bytes: Buffer,
  start: number,
  head: MovingHead,
  open: OpenDecisions,
  path: string,
  deps: ReplayDeps,
): FramesEnd {
  let offset = start;
  while (offset < bytes.length) {
    const frame = decodeFrame(bytes, offset);
    if ('problem' in frame) return { offset, problem: frame };
    const seq = head.seq() + 1;
    const id = recordId(deps.logId, seq);
    const record = recordOf(frame);
    if (record === undefined || record.seq !== seq || record.log_id !== deps.logId || record.prev !== head.leaf()) {
      throw corruptJournal(path, `record ${id} does not follow the record before it`);
    }
    head.advance(prefixedLeafHash(frame.leaf));
    if (deps.checkpoint?.size === seq && !deps.checkpoint.root.equals(head.root())) {
      throw corruptJournal(path, `the records up to ${id} are not those that its checkpoint signed`);
    }
    open.note(record, id, seq);
    offset = frame.end;
  }
  return { offset, problem: undefined };
}

/** Throws unless the bytes at the problem can be what a crash left of a group that nobody had been told of. */
function judgeTail(
  bytes: Buffer,
  problem: FrameProblem,
  head: MovingHead,
  isLastSegment: boolean,
  path: string,
  deps: ReplayDeps,
): void {
  const seq = head.seq() + 1;
  const bad = `record ${recordId(deps.logId, seq)} at byte ${problem.offset} of ${basename(path)} is damaged`;
  if (!isLastSegment) throw corruptJournal(path, `${bad}, and later segments exist`);
  if (deps.checkpoint !== undefined && deps.checkpoint.size >= seq) {
    throw corruptJournal(path, `${bad}, and a checkpoint had covered it`);
  }
  let later = findFrame(bytes, problem.offset + 1);
  while (later !== undefined) {
    // The group of a later frame was written only after everything before that group had been synced.
    const firstOfGroup = (numberMember(recordOf(later), 'seq') ?? 0) - later.groupIndex;
    if (firstOfGroup > seq) throw corruptJournal(path, `${bad}, and records after it are whole`);
    later = findFrame(bytes, later.end);
  }
}

async function cutTail(
  bytes: Buffer,
  offset: number,
  afterSeq: number,
  path: string,
  files: JournalFiles,
): Promise<TornTail> {
  const keptIn = `${path}.torn-at-${offset}`;
  await files.replace(keptIn, bytes.subarray(offset));
  const file = await files.openAppend(path);
  try {
    await file.truncate(offset);
    await file.sync();
  } finally {
    await file.close();
  }
  return { bytes: bytes.length - offset, keptIn, afterSeq };
}

function refuseShorterThanSigned(head: MovingHead, deps: ReplayDeps): void {
  const { checkpoint, logId, directory } = deps;
  if (checkpoint === undefined || checkpoint.size <= head.seq()) return;
  const missing = recordId(logId, head.seq() + 1);
  throw corruptJournal(directory, `record ${missing} is missing; a checkpoint covers ${checkpoint.size} records`);
}

function recordOf(frame: Frame): JsonObject | undefined {
  try {
    const value = parseTrustedJson(frame.payload.toString('utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
