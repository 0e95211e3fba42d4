/**
 * How another process, such as a command on the same machine, reads its writes: it looks how far the journals of the
 * home reach and waits until the database has come there.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatingError } from '#foundation/errors';
import type { Database } from '#foundation/postgres/database';
import { type Clock, elapse } from '#foundation/time';
import { createIngestStore } from './ingest-store.ts';
import { isSegmentFileName } from './segment-header.ts';
import { readFrames, readSegmentHeader } from './verify-journal.ts';

export type JournalHead = { readonly logId: string; readonly seq: number };

const POLL_MS = 20;

/** The number of the last whole record of each log under the directory. */
export async function readJournalHeads(journalDirectory: string): Promise<readonly JournalHead[]> {
  const names = await readdir(journalDirectory).catch(() => []);
  const logIds = names.filter((name) => /^[0-9a-f]{12}$/.test(name));
  return Promise.all(logIds.map((logId) => readJournalHead(join(journalDirectory, logId), logId)));
}

async function readJournalHead(directory: string, logId: string): Promise<JournalHead> {
  const last = (await readdir(directory)).filter(isSegmentFileName).sort().at(-1);
  if (last === undefined) return { logId, seq: 0 };
  const firstSeq = Number.parseInt(last, 10);
  const bytes = await readFile(join(directory, last));
  const header = readSegmentHeader(bytes, logId, firstSeq);
  let seq = firstSeq - 1;
  if (header === undefined) return { logId, seq };
  for (const frame of readFrames(bytes, header.end)) if (frame.payload !== undefined) seq += 1;
  return { logId, seq };
}

/** Resolves when the database holds what the journals held when this was called; rejects with `timeout`. */
export async function databaseCaughtUp(
  deps: { readonly journalDirectory: string; readonly database: Database; readonly clock: Clock },
  timeoutMs: number,
): Promise<void> {
  const store = createIngestStore(deps.database);
  const startedMs = deps.clock.monotonicMs();
  for (const { logId, seq } of await readJournalHeads(deps.journalDirectory)) {
    for (let drained = await store.drainedSeq(logId); drained < seq; drained = await store.drainedSeq(logId)) {
      if (deps.clock.monotonicMs() - startedMs >= timeoutMs) throw behind(seq - drained, timeoutMs);
      await elapse(deps.clock, POLL_MS);
    }
  }
}

function behind(records: number, timeoutMs: number): OperatingError {
  const message = `the database is ${records} audit records behind the journal after ${timeoutMs} ms`;
  return new OperatingError('timeout', 'audit_behind', message, {
    remedy: 'start the server, which copies them, or see `systemprompt doctor`',
  });
}
