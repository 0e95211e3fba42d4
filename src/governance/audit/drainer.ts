/**
 * Copies the journal into PostgreSQL, in order, batch after batch, for as long as the process lives.
 *
 * Its position is what the database holds, so it needs no memory of its own: after any crash it asks and goes on. While
 * the database is away it waits, a little longer each time; nothing is lost, because the journal keeps every segment
 * until the database and a checkpoint have it.
 */
import { messageOf, OperatingError } from '#foundation/errors';
import type { Logger } from '#foundation/logging';
import type { Clock } from '#foundation/time';
import type { Checkpoint } from './checkpoint.ts';
import type { AuditConfig } from './config.ts';
import { DrainWaiters } from './drain-waiters.ts';
import { ingestResiliently } from './ingest-resiliently.ts';
import type { IngestStore, RecordBatch } from './ingest-store.ts';
import type { JournalReader } from './journal-reader.ts';
import { recordId } from './record.ts';

export type DrainerDeps = {
  readonly logId: string;
  readonly store: IngestStore;
  readonly reader: JournalReader;
  /** The newest durable record, and the newest accepted one. */
  readonly durableSeq: () => number;
  readonly headSeq: () => number;
  readonly checkpointsUpTo: (size: number) => readonly Checkpoint[];
  readonly markCheckpointsStored: (size: number) => void;
  /** Called after each step forward, to free what is not needed any more. */
  readonly onDrained: (seq: number) => Promise<void>;
  /** The database holds another history under this log's name: the log must take no more records. */
  readonly onFork: (problem: string) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: AuditConfig;
};

export type DrainerMetrics = {
  readonly drainedSeq: number;
  readonly batches: number;
  readonly failures: number;
  /** Records whose rows a table refused; they stand in `audit_records` alone. */
  readonly bareRecords: number;
  readonly isDatabaseAway: boolean;
};

const RETRY_MS_MIN = 50;

export class Drainer {
  readonly #deps: DrainerDeps;
  readonly #waiters: DrainWaiters;
  #drained: number | undefined;
  #isStopped = false;
  #isForked = false;
  #isAway = false;
  #running: Promise<void> | undefined;
  /** Ends the sleep of the loop; `work` wakes it only where it waits for work. */
  #wake: ((reason: 'work' | 'urgent') => void) | undefined;
  #retryMs = RETRY_MS_MIN;
  #batches = 0;
  #failures = 0;
  #bareRecords = 0;

  constructor(deps: DrainerDeps) {
    this.#deps = deps;
    this.#waiters = new DrainWaiters(deps.clock);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** A record has become durable, or a checkpoint. */
  notice(): void {
    this.#wake?.('work');
  }

  /** Resolves when the database holds every record accepted before the call, and the checkpoints that cover them. */
  caughtUp(timeoutMs: number): Promise<void> {
    const target = this.#deps.headSeq();
    if (this.#drained !== undefined && this.#drained >= target && !this.#hasWork()) return Promise.resolve();
    const waiting = this.#waiters.add(target, timeoutMs, () => this.#behindError(target, timeoutMs));
    if (!this.#isAway) this.#wake?.('urgent');
    return waiting;
  }

  metrics(): DrainerMetrics {
    return {
      drainedSeq: this.#drained ?? 0,
      batches: this.#batches,
      failures: this.#failures,
      bareRecords: this.#bareRecords,
      isDatabaseAway: this.#isAway,
    };
  }

  /** Ends the loop; what is durable goes to the database if it answers at once, else after the next start. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake?.('urgent');
    await this.#running;
    try {
      while (!this.#isForked && this.#hasWork()) await this.#step();
    } catch (error) {
      const undrained = this.#deps.durableSeq() - (this.#drained ?? 0);
      this.#deps.logger.warn({ undrained, problem: messageOf(error) }, 'audit records stay in the journal for now');
    }
  }

  async #run(): Promise<void> {
    while (!this.#isStopped && !this.#isForked) {
      try {
        const wasFull = await this.#step();
        this.#noteSuccess();
        if (!this.#hasWork()) await this.#sleep(undefined, true);
        // A short rest gathers a larger batch; a backlog needs none, and a waiting reader allows none.
        if (!wasFull && this.#waiters.isEmpty()) await this.#sleep(this.#deps.config.drain_interval_ms, false);
      } catch (error) {
        this.#noteFailure(error);
        await this.#sleep(this.#retryMs, false);
        this.#retryMs = Math.min(this.#retryMs * 2, this.#deps.config.drain_retry_ms_max);
      }
    }
  }

  #hasWork(): boolean {
    const drained = this.#drained;
    if (drained === undefined) return true;
    return this.#deps.durableSeq() > drained || this.#deps.checkpointsUpTo(drained).length > 0;
  }

  /** One batch and the checkpoints that cover it. Answers whether the batch was a full one. */
  async #step(): Promise<boolean> {
    const { reader, config, durableSeq } = this.#deps;
    const drained = this.#drained ?? (await this.#findPosition());
    if (drained === undefined) return false;
    let batch: RecordBatch | undefined;
    if (durableSeq() > drained) {
      batch = await reader.read(drained + 1, durableSeq(), config.drain_batch_bytes);
      if (batch === undefined) this.#skipGap(drained);
      else await this.#ingest(batch);
    }
    await this.#storeCheckpoints();
    if (this.#drained !== undefined) {
      this.#waiters.settle(this.#drained, this.#deps.headSeq());
      await this.#deps.onDrained(this.#drained);
    }
    return batch !== undefined && batch.lines.length > config.drain_batch_bytes / 2;
  }

  /** Asks the database where it stands, and makes sure that it stands on this history. */
  async #findPosition(): Promise<number | undefined> {
    const { store, logId, reader, durableSeq } = this.#deps;
    const seq = await store.drainedSeq(logId);
    if (seq > durableSeq()) {
      const missing = recordId(logId, durableSeq() + 1);
      this.#reportFork(`the database holds record ${missing}, which the journal does not; was an older copy restored?`);
      return undefined;
    }
    const last = seq === 0 ? undefined : await reader.read(seq, seq, 1);
    const forkedAt = last === undefined ? undefined : await store.findFork(last);
    if (forkedAt !== undefined) {
      this.#reportFork(`record ${recordId(logId, forkedAt)} is another one in the database than in the journal`);
      return undefined;
    }
    this.#drained = seq;
    return seq;
  }

  async #ingest(batch: RecordBatch): Promise<void> {
    const { store, logger } = this.#deps;
    const { inserted, bare, problem } = await ingestResiliently(store, batch);
    if (bare > 0) logger.error({ records: bare, problem }, 'the audit tables refused what was read from a record');
    const forkedAt = inserted < batch.count ? await store.findFork(batch) : undefined;
    if (forkedAt !== undefined) {
      this.#reportFork(`record ${recordId(batch.logId, forkedAt)} is another one in the database than in the journal`);
      return;
    }
    this.#noteSuccess();
    this.#batches += 1;
    this.#bareRecords += bare;
    this.#drained = batch.firstSeq + batch.count - 1;
  }

  /** The database lost rows that the journal has already let go. Verification will name them; recording goes on. */
  #skipGap(drained: number): void {
    const { logger, reader, logId } = this.#deps;
    const first = reader.firstSeq();
    const missing = `${recordId(logId, drained + 1)} to ${recordId(logId, first - 1)}`;
    logger.error({ missing }, 'the database has lost audit records that the journal no longer holds');
    this.#drained = first - 1;
  }

  async #storeCheckpoints(): Promise<void> {
    const { store, checkpointsUpTo, markCheckpointsStored } = this.#deps;
    const checkpoints = checkpointsUpTo(this.#drained ?? 0);
    const newest = checkpoints[checkpoints.length - 1];
    if (newest === undefined) return;
    await store.storeCheckpoints(checkpoints);
    markCheckpointsStored(newest.tree_size);
  }

  #reportFork(problem: string): void {
    this.#isForked = true;
    this.#deps.onFork(`${problem}; nothing is recorded until the journal directory is moved aside`);
  }

  #noteSuccess(): void {
    this.#retryMs = RETRY_MS_MIN;
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#deps.logger.info({}, 'the database takes audit records again');
  }

  #noteFailure(error: unknown): void {
    this.#failures += 1;
    if (this.#isAway) return;
    this.#isAway = true;
    this.#deps.logger.warn(
      { problem: messageOf(error) },
      'the database takes no audit records; the journal keeps them',
    );
  }

  async #sleep(delayMs: number | undefined, untilWork: boolean): Promise<void> {
    if (this.#isStopped || delayMs === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = delayMs === undefined ? () => {} : this.#deps.clock.after(delayMs, resolve);
      this.#wake = (reason) => {
        if (reason === 'work' && !untilWork) return;
        cancel();
        resolve();
      };
    });
    this.#wake = undefined;
  }

  #behindError(target: number, timeoutMs: number): OperatingError {
    const behind = target - (this.#drained ?? 0);
    const state = this.#isAway ? 'the database is away' : 'the copy is still under way';
    const message = `the database is ${behind} audit records behind after ${timeoutMs} ms: ${state}`;
    return new OperatingError('timeout', 'audit_behind', message, {
      where: 'audit drainer',
      remedy: 'try again shortly; `systemprompt doctor` says whether the database answers',
    });
  }
}
