import { join } from 'node:path';
import { canonicalJson } from '#foundation/json';
import { type Checkpoint, parseCheckpointLine } from './checkpoint.ts';
import type { AppendFile, JournalFiles } from './journal-files.ts';

export const CHECKPOINT_FILE = 'checkpoints.ndjson';

/** Beyond this the oldest lines go at the next start; the database and the export have them all. */
const LINES_MAX = 10_000;

/** The checkpoints of a log, one JSON line each, beside its segments. */
export type CheckpointFile = {
  readonly newest: Checkpoint | undefined;
  /** Every line of the file as it was opened, oldest first. */
  readonly known: readonly Checkpoint[];
  /** Durable when it resolves. */
  append(checkpoint: Checkpoint): Promise<void>;
  close(): Promise<void>;
};

export async function openCheckpointFile(files: JournalFiles, directory: string): Promise<CheckpointFile> {
  const path = join(directory, CHECKPOINT_FILE);
  const known = await readCheckpointFile(files, directory);
  // Written anew at each start, so that a line torn by a crash never joins the next one.
  const kept = known.slice(-LINES_MAX);
  await files.replace(path, Buffer.from(kept.map(lineOf).join('')));
  let file: AppendFile | undefined;
  let torn = false;
  return {
    newest: kept[kept.length - 1],
    known: kept,
    async append(checkpoint) {
      file ??= await files.openAppend(path);
      const line = `${torn ? '\n' : ''}${lineOf(checkpoint)}`;
      torn = true;
      await file.append([Buffer.from(line)]);
      await file.sync();
      torn = false;
    },
    async close() {
      await file?.close();
    },
  };
}

/** The whole lines of the file, oldest first; none when there is no file. */
export async function readCheckpointFile(files: JournalFiles, directory: string): Promise<readonly Checkpoint[]> {
  const names = await files.list(directory);
  if (!names.includes(CHECKPOINT_FILE)) return [];
  const text = (await files.read(join(directory, CHECKPOINT_FILE))).toString('utf8');
  return text.split('\n').flatMap((line) => parseCheckpointLine(line) ?? []);
}

function lineOf(checkpoint: Checkpoint): string {
  return `${canonicalJson(checkpoint)}\n`;
}
