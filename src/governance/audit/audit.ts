/**
 * The module's door: the only writer of the journal and of the audit tables.
 *
 * append -> journal-writer (number, hash, group) -> segments (write, sync) -> the caller goes on. Beside that path the
 * checkpointer signs the tree, and the drainer copies records and checkpoints to PostgreSQL and frees segments.
 */
import type { IdSource } from '#foundation/ids';
import type { Part } from '#foundation/lifecycle';
import type { Logger } from '#foundation/logging';
import type { Database } from '#foundation/postgres/database';
import type { Clock } from '#foundation/time';
import type { Checkpoint } from './checkpoint.ts';
import { Checkpointer } from './checkpointer.ts';
import type { AuditConfig } from './config.ts';
import { Drainer, type DrainerMetrics } from './drainer.ts';
import { createIngestStore } from './ingest-store.ts';
import { type Journal, openJournal, type Recovery } from './journal.ts';
import { unwritable } from './journal-error.ts';
import { type JournalFiles, systemJournalFiles } from './journal-files.ts';
import { ownProcessIdentity } from './journal-lock.ts';
import type { WriterMetrics } from './journal-writer.ts';
import type { AuditRecord, CorrelationColumns, RecordPosition } from './record.ts';
import { loadSigningKey, replaceSigningKey } from './signing-key.ts';

export type AuditHealth = {
  /** False once nothing durable can be written: every call is denied then. */
  readonly writable: boolean;
  readonly problem: string | null;
  readonly mode: 'strict' | 'bounded';
  /** Records in the journal that the database does not hold yet. */
  readonly undrainedRecords: number;
  readonly journalBytes: number;
};

/** The only writer of the journal and of the audit tables. */
export type Audit = {
  /**
   * Appends one record; resolves when it is durable as the mode promises. Rejects with `unavailable` when it cannot be
   * made durable, and then the effect must not start.
   */
  append(record: AuditRecord): Promise<RecordPosition>;
  /** Resolves when the database holds every record appended before the call; rejects with `timeout` after `timeoutMs`. */
  caughtUp(timeoutMs: number): Promise<void>;
  health(): AuditHealth;
};

/** Numbers for the metrics page; the counters only grow. */
export type AuditMetrics = WriterMetrics &
  DrainerMetrics & {
    readonly undrainedRecords: number;
    readonly journalBytes: number;
    readonly openDecisions: number;
    readonly signedRecords: number;
  };

/** The door with what only its owner uses; a `Part` of the lifecycle. */
export type AuditService = Audit &
  Pick<Part, 'name'> & {
    start(): Promise<void>;
    stop(): Promise<void>;
    /** Signs the durable head now; undefined for a log without records. */
    checkpoint(): Promise<Checkpoint | undefined>;
    /** Signs with a new key from now on. The change is itself a record, and stands under a checkpoint of the old key. */
    rotateKey(by: CorrelationColumns & { readonly tenant_id: string }): Promise<void>;
    /** Undefined before `start`. */
    logId(): string | undefined;
    recovery(): Recovery | undefined;
    metrics(): AuditMetrics;
  };

export type AuditDeps = {
  /** `<home>/journal` */
  readonly journalDirectory: string;
  /** `<home>/audit` */
  readonly keyDirectory: string;
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly config: AuditConfig;
  readonly files?: JournalFiles;
};

type Running = { readonly journal: Journal; readonly checkpointer: Checkpointer; readonly drainer: Drainer };

export function createAudit(deps: AuditDeps): AuditService {
  const { config } = deps;
  let running: Running | undefined;

  return {
    name: 'audit',
    async start() {
      running = await startAudit(deps);
    },
    async stop() {
      if (running !== undefined) await stopAudit(running);
    },
    append: (record) => running?.journal.writer.append(record) ?? Promise.reject(notStarted()),
    caughtUp: (timeoutMs) => running?.drainer.caughtUp(timeoutMs) ?? Promise.reject(notStarted()),
    checkpoint: () => running?.checkpointer.now() ?? Promise.reject(notStarted()),
    rotateKey: (by) => (running === undefined ? Promise.reject(notStarted()) : rotateKey(running, by, deps)),
    logId: () => running?.journal.logId,
    recovery: () => running?.journal.recovery,
    health() {
      const problem = running === undefined ? 'the audit journal is not open yet' : running.journal.writer.problem();
      const { undrainedRecords, journalBytes } = metricsOf(running);
      return { writable: problem === null, problem, mode: config.mode, undrainedRecords, journalBytes };
    },
    metrics: () => metricsOf(running),
  };
}

async function startAudit(deps: AuditDeps): Promise<Running> {
  const { clock, logger, config, ids, database } = deps;
  const key = await loadSigningKey(deps.keyDirectory, ids);
  let parts: Running | undefined;
  const journal = await openJournal({
    root: deps.journalDirectory,
    files: deps.files ?? systemJournalFiles,
    clock,
    ids,
    logger,
    config,
    identity: await ownProcessIdentity(),
    onDurable() {
      parts?.checkpointer.onDurable();
      parts?.drainer.notice();
    },
  });
  const { logId, head, writer, reader, recovery } = journal;
  const checkpointer = new Checkpointer({
    logId,
    head,
    file: journal.checkpointFile,
    key,
    clock,
    logger,
    config,
    onMade: () => parts?.drainer.notice(),
  });
  const drainer = new Drainer({
    logId,
    store: createIngestStore(database),
    reader,
    durableSeq: () => head.seq(),
    headSeq: () => writer.headSeq(),
    checkpointsUpTo: (size) => checkpointer.unstoredUpTo(size),
    markCheckpointsStored: (size) => checkpointer.markStored(size),
    onDrained: (seq) => journal.prune(seq, checkpointer.coveredSize()),
    onFork: (problem) => writer.fail(problem),
    clock,
    logger,
    config,
  });
  parts = { journal, checkpointer, drainer };
  if (recovery.torn !== null)
    logger.warn(recovery.torn, 'cut a torn tail off the audit journal; nobody had relied on it');
  if (recovery.closedDecisions > 0)
    logger.warn({ decisions: recovery.closedDecisions }, 'closed decisions after a crash');
  checkpointer.start();
  drainer.start();
  return parts;
}

/** In the order of the data: what waits is written, signed, copied. */
async function stopAudit({ journal, checkpointer, drainer }: Running): Promise<void> {
  await journal.writer.stop();
  await checkpointer.stop();
  await drainer.stop();
  await journal.close();
}

async function rotateKey(
  { journal, checkpointer }: Running,
  by: CorrelationColumns & { readonly tenant_id: string },
  deps: AuditDeps,
): Promise<void> {
  const key = await replaceSigningKey(deps.keyDirectory, deps.ids);
  const event = {
    type: 'identity',
    name: 'audit.key_rotated',
    subject_user_id: by.user_id,
    detail: { public_key: key.publicKey.toString('base64') },
  } as const;
  await journal.writer.append({ kind: 'event', at_ms: deps.clock.nowMs(), ...by, event });
  await checkpointer.now();
  checkpointer.useKey(key);
  await checkpointer.now();
}

function metricsOf(running: Running | undefined): AuditMetrics {
  if (running === undefined) return NO_METRICS;
  const { journal, checkpointer, drainer } = running;
  const drained = drainer.metrics();
  return {
    ...journal.writer.metrics(),
    ...drained,
    undrainedRecords: Math.max(0, journal.writer.headSeq() - drained.drainedSeq),
    journalBytes: journal.bytes(),
    openDecisions: journal.openDecisionCount(),
    signedRecords: checkpointer.coveredSize(),
  };
}

const NO_METRICS: AuditMetrics = {
  appendedRecords: 0,
  refusedRecords: 0,
  groups: 0,
  largestGroupRecords: 0,
  pendingRecords: 0,
  lostRecords: 0,
  drainedSeq: 0,
  batches: 0,
  failures: 0,
  bareRecords: 0,
  isDatabaseAway: false,
  undrainedRecords: 0,
  journalBytes: 0,
  openDecisions: 0,
  signedRecords: 0,
};

function notStarted(): Error {
  return unwritable('journal_closed', 'the audit journal is not open yet', 'wait until the server is ready');
}
