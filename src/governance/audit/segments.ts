import { join } from 'node:path';
import { messageOf, systemCodeOf } from '#foundation/errors';
import { type AppendFile, type JournalFiles, UNFINISHED_SUFFIX } from './journal-files.ts';
import { encodeSegmentHeader, type SegmentHeader, segmentFileName } from './segment-header.ts';

/** One file of the journal. Its records are `firstSeq` to `lastSeq`; none when `lastSeq` is the smaller. */
export type Segment = {
  readonly path: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly headerBytes: number;
  readonly bytes: number;
};

export type RecordGroup = { readonly frames: readonly Buffer[]; readonly bytes: number; readonly lastSeq: number };

/** The disk had no room; nothing of the group stands in the journal. The same write may succeed later. */
export class DiskFullError extends Error {}

/** The medium failed in a way after which nothing is known about what it holds. */
export class MediumFailedError extends Error {}

/** The files of one log: the only code that appends to them, begins them and removes them. */
export class Segments {
  readonly #files: JournalFiles;
  readonly #directory: string;
  readonly #bytesMax: number;
  #segments: readonly Segment[] = [];
  #totalBytes = 0;
  #active: AppendFile | undefined;

  /** `segments` as replay found them, in order; the last one is continued. */
  constructor(files: JournalFiles, directory: string, bytesMax: number, segments: readonly Segment[]) {
    this.#files = files;
    this.#directory = directory;
    this.#bytesMax = bytesMax;
    this.#become(segments);
  }

  list(): readonly Segment[] {
    return this.#segments;
  }

  totalBytes(): number {
    return this.#totalBytes;
  }

  /**
   * Appends the group and syncs it. `header` describes the point before the group, for when it begins a new segment.
   * Throws DiskFullError or MediumFailedError.
   */
  async append(group: RecordGroup, header: () => SegmentHeader): Promise<void> {
    const file = await this.#fileFor(group, header);
    await this.#write(file, group);
    try {
      await file.sync();
    } catch (error) {
      // The kernel may drop the dirty pages and answer the next sync with success, so a failed one is never repeated.
      throw new MediumFailedError(`the disk could not confirm a write: ${messageOf(error)}`, { cause: error });
    }
    const last = this.#segments.length - 1;
    this.#become(
      this.#segments.map((segment, index) =>
        index === last ? { ...segment, lastSeq: group.lastSeq, bytes: segment.bytes + group.bytes } : segment,
      ),
    );
  }

  /** Removes the segments before the one that begins with `firstSeq`, oldest first, so that a crash leaves no hole. */
  async removeBefore(firstSeq: number): Promise<void> {
    for (
      let oldest = this.#segments[0];
      oldest !== undefined && oldest.firstSeq < firstSeq;
      oldest = this.#segments[0]
    ) {
      await this.#files.remove(oldest.path);
      this.#become(this.#segments.slice(1));
    }
  }

  async close(): Promise<void> {
    const file = this.#active;
    this.#active = undefined;
    await file?.close();
  }

  async #fileFor(group: RecordGroup, header: () => SegmentHeader): Promise<AppendFile> {
    const last = this.#segments[this.#segments.length - 1];
    const isFull = last !== undefined && last.lastSeq >= last.firstSeq && last.bytes + group.bytes > this.#bytesMax;
    if (last === undefined || isFull) return this.#begin(header());
    if (this.#active === undefined) {
      this.#active = await guarded('reopen a segment', () => this.#files.openAppend(last.path));
    }
    return this.#active;
  }

  /** A new segment appears whole or not at all; what came before it is durable already. */
  async #begin(header: SegmentHeader): Promise<AppendFile> {
    const content = encodeSegmentHeader(header);
    const path = join(this.#directory, segmentFileName(header.firstSeq));
    const file = await guarded('begin a segment', async () => {
      try {
        await this.#files.replace(path, content);
      } catch (error) {
        await this.#files.remove(`${path}${UNFINISHED_SUFFIX}`).catch(() => undefined);
        throw error;
      }
      return this.#files.openAppend(path);
    });
    await this.close().catch(() => undefined);
    this.#active = file;
    this.#become([
      ...this.#segments,
      {
        path,
        firstSeq: header.firstSeq,
        lastSeq: header.firstSeq - 1,
        headerBytes: content.length,
        bytes: content.length,
      },
    ]);
    return file;
  }

  #become(segments: readonly Segment[]): void {
    this.#segments = segments;
    this.#totalBytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  async #write(file: AppendFile, group: RecordGroup): Promise<void> {
    const before = this.#segments[this.#segments.length - 1]?.bytes ?? 0;
    try {
      await file.append(group.frames);
    } catch (error) {
      if (!isDiskFull(error)) throw new MediumFailedError(`a write failed: ${messageOf(error)}`, { cause: error });
      await file.truncate(before).catch((failure: unknown) => {
        throw new MediumFailedError(`a partial write could not be undone: ${messageOf(failure)}`, { cause: failure });
      });
      throw new DiskFullError(messageOf(error), { cause: error });
    }
  }
}

async function guarded<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (isDiskFull(error)) throw new DiskFullError(messageOf(error), { cause: error });
    throw new MediumFailedError(`could not ${what}: ${messageOf(error)}`, { cause: error });
  }
}

function isDiskFull(error: unknown): boolean {
  const code = systemCodeOf(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}
