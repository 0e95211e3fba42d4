/**
 * One log on one disk: found or begun, locked, replayed, written, and freed segment by segment.
 */
import { join } from 'node:path';
import { OperatingError } from '#foundation/errors';
import type { IdSource } from '#foundation/ids';
import type { Logger } from '#foundation/logging';
import type { Clock } from '#foundation/time';
import { type CheckpointFile, openCheckpointFile } from './checkpoint-file.ts';
import type { AuditConfig } from './config.ts';
import { type JournalFiles, UNFINISHED_SUFFIX } from './journal-files.ts';
import { acquireJournalLock, type JournalLock, type ProcessIdentity } from './journal-lock.ts';
import { createJournalReader, type JournalReader } from './journal-reader.ts';
import { type DurableRecord, JournalWriter } from './journal-writer.ts';
import type { MovingHead } from './log-head.ts';
import { crashOutcome, type OpenDecisions } from './open-decisions.ts';
import { replayJournal, type TornTail } from './replay.ts';
import { Segments } from './segments.ts';

export type JournalDeps = {
  /** `<home>/journal`: one directory for each log. */
  readonly root: string;
  readonly files: JournalFiles;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly config: AuditConfig;
  readonly identity: ProcessIdentity;
  /** Called after each group commit. */
  readonly onDurable: () => void;
};

export type Journal = {
  readonly logId: string;
  readonly directory: string;
  readonly head: MovingHead;
  readonly writer: JournalWriter;
  readonly reader: JournalReader;
  readonly checkpointFile: CheckpointFile;
  readonly recovery: Recovery;
  bytes(): number;
  openDecisionCount(): number;
  /** Frees the segments whose records are all drained, signed for and closed, but for those that are to be kept. */
  prune(drainedSeq: number, coveredSize: number): Promise<void>;
  close(): Promise<void>;
};

/** What the last process left behind and this start put right. */
export type Recovery = { readonly torn: TornTail | null; readonly closedDecisions: number };

export async function openJournal(deps: JournalDeps): Promise<Journal> {
  const { files, config, clock, logger } = deps;
  const logId = await chooseLog(deps);
  const directory = join(deps.root, logId);
  await files.makeDirectory(directory);
  let writer: JournalWriter | undefined;
  const lock = await acquireJournalLock(directory, {
    clock,
    identity: deps.identity,
    onLost: (problem) => writer?.fail(problem),
  });
  try {
    await removeUnfinished(files, directory);
    const checkpointFile = await openCheckpointFile(files, directory);
    const { newest } = checkpointFile;
    const checkpoint =
      newest === undefined ? undefined : { size: newest.tree_size, root: Buffer.from(newest.root_hash, 'base64') };
    const replayed = await replayJournal({ files, directory, logId, checkpoint });
    const segments = new Segments(files, directory, config.segment_bytes_max, replayed.segments);
    const { head, open } = replayed;
    const onDurable = (records: readonly DurableRecord[]): void => {
      for (const { record, id, seq } of records) open.note(record, id, seq);
      deps.onDurable();
    };
    writer = new JournalWriter({ logId, head, segments, clock, logger, config, onDurable });
    const closedDecisions = await closeAfterCrash(writer, open, clock);
    const reader = createJournalReader({ files, logId, segments: () => segments.list() });
    const recovery = { torn: replayed.torn, closedDecisions };
    const parts = { logId, directory, head, writer, reader, checkpointFile, recovery };
    return assemble(parts, segments, open, lock, config, clock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

type Parts = Pick<Journal, 'logId' | 'directory' | 'head' | 'writer' | 'reader' | 'checkpointFile' | 'recovery'>;

function assemble(
  parts: Parts,
  segments: Segments,
  open: OpenDecisions,
  lock: JournalLock,
  config: AuditConfig,
  clock: Clock,
): Journal {
  return {
    ...parts,
    bytes: () => segments.totalBytes(),
    openDecisionCount: () => open.count(),
    async prune(drainedSeq, coveredSize) {
      const all = segments.list();
      const needed = Math.min(drainedSeq, coveredSize, (open.oldestSeq(clock.nowMs()) ?? Number.POSITIVE_INFINITY) - 1);
      const firstNeeded = all.findIndex((segment) => segment.lastSeq > needed);
      const firstKept = (firstNeeded === -1 ? all.length - 1 : firstNeeded) - config.keep_segments;
      const kept = all[firstKept];
      if (firstKept > 0 && kept !== undefined) await segments.removeBefore(kept.firstSeq);
    },
    async close() {
      await parts.writer.stop();
      await lock.release();
    },
  };
}

/** The log of this home: the named one, the only one, or a new one. */
async function chooseLog(deps: JournalDeps): Promise<string> {
  const { files, root, config, ids } = deps;
  await files.makeDirectory(root);
  if (config.log_id !== null) return config.log_id;
  const found = (await files.list(root)).filter((name) => /^[0-9a-f]{12}$/.test(name));
  if (found.length <= 1) return found[0] ?? ids.bytes(6).toString('hex');
  throw new OperatingError('conflict', 'journal_ambiguous', `the journal directory holds ${found.length} logs`, {
    where: root,
    remedy: `set audit.log_id to the one to continue (${found.join(', ')}), or move the others aside`,
  });
}

/** What a crash in the middle of putting a file in place left; the file itself is as it was. */
async function removeUnfinished(files: JournalFiles, directory: string): Promise<void> {
  for (const name of await files.list(directory)) {
    if (name.endsWith(UNFINISHED_SUFFIX)) await files.remove(join(directory, name));
  }
}

/** No decision stays without an outcome: what the last process had allowed and not closed ended in a crash. */
async function closeAfterCrash(writer: JournalWriter, open: OpenDecisions, clock: Clock): Promise<number> {
  const left = open.list();
  await Promise.all(left.map((decision) => writer.append(crashOutcome(decision, clock.nowMs()))));
  return left.length;
}
