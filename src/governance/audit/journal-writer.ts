/**
 * The single writer of a log: numbers the records, commits them in groups, and answers each when it is durable.
 *
 * What arrives while a group is being written becomes the next group: one write and one sync for all of it. A sync
 * costs far more CPU than a record, so under load groups are spaced by `group_interval_ms`; a lone record never waits.
 *
 * A full disk is passing: the group is undone, its callers are refused, later ones try again. Any other failure of the
 * medium is final for this process.
 */
import { messageOf, type OperatingError } from '#foundation/errors';
import type { Logger } from '#foundation/logging';
import type { Clock } from '#foundation/time';
import { type JournalLoad, quotaProblemOf, refusalFor } from './admission.ts';
import type { AuditConfig } from './config.ts';
import { encodeRecord, withoutContents } from './encode-record.ts';
import { encodeFrame, leafOf, regroupFrame } from './framing.ts';
import { prefixedLeafHash } from './hashing.ts';
import { unwritable } from './journal-error.ts';
import type { MovingHead } from './log-head.ts';
import { type AuditRecord, type RecordPosition, recordId } from './record.ts';
import { DiskFullError, type Segments } from './segments.ts';

export type JournalWriterDeps = {
  readonly logId: string;
  readonly head: MovingHead;
  readonly segments: Segments;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: AuditConfig;
  /** Called after each group, in order, with the records that have become durable. */
  readonly onDurable: (records: readonly DurableRecord[]) => void;
};

export type DurableRecord = { readonly record: AuditRecord; readonly id: string; readonly seq: number };

export type WriterMetrics = {
  readonly appendedRecords: number;
  readonly refusedRecords: number;
  readonly groups: number;
  readonly largestGroupRecords: number;
  readonly pendingRecords: number;
  /** Records acknowledged in mode `bounded` and then lost with a failed medium. */
  readonly lostRecords: number;
};

type Entry = DurableRecord & {
  readonly frame: Buffer;
  readonly leaf: Buffer;
  readonly queuedMs: number;
  /** Undefined once the caller has its answer. */
  settle: { resolve(position: RecordPosition): void; reject(error: unknown): void } | undefined;
};

type State = 'open' | 'disk_full' | 'failed' | 'stopped';

const DISK_FULL_RETRY_MS = 1_000;

export class JournalWriter {
  readonly #deps: JournalWriterDeps;
  #state: State = 'open';
  #problem: string | null = null;
  #nextSeq: number;
  #prev: string;
  #pending: Entry[] = [];
  #inFlight: Entry[] = [];
  /** Bytes of both. */
  #pendingBytes = 0;
  #flushing: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #lastGroupMs = Number.NEGATIVE_INFINITY;
  #lastGroupRecords = 0;
  #refused = 0;
  #appended = 0;
  #groups = 0;
  #largestGroup = 0;
  #lost = 0;

  constructor(deps: JournalWriterDeps) {
    this.#deps = deps;
    this.#nextSeq = deps.head.seq() + 1;
    this.#prev = deps.head.leaf();
  }

  /** See `Audit.append`. The position is assigned before this returns, so records stand in the order of the calls. */
  append(record: AuditRecord): Promise<RecordPosition> {
    const { logId, config, clock } = this.#deps;
    const seq = this.#nextSeq;
    const frame = this.#frameOf(record, seq);
    const refusal = this.#refusalOfState() ?? refusalFor(record.kind, frame.length, this.#load(), config);
    if (refusal !== undefined) {
      this.#refused += 1;
      return Promise.reject(refusal);
    }
    const leaf = prefixedLeafHash(leafOf(frame));
    const id = recordId(logId, seq);
    const entry: Entry = { record, id, seq, frame, leaf, queuedMs: clock.monotonicMs(), settle: undefined };
    this.#nextSeq = seq + 1;
    this.#prev = leaf.toString('base64');
    this.#pending.push(entry);
    this.#pendingBytes += frame.length;
    this.#appended += 1;
    const answer = this.#mayBeLost(entry)
      ? Promise.resolve({ logId, seq, id })
      : new Promise<RecordPosition>((resolve, reject) => {
          entry.settle = { resolve, reject };
        });
    this.#schedule();
    return answer;
  }

  /** The number of the newest record that was accepted, durable or not. */
  headSeq(): number {
    return this.#nextSeq - 1;
  }

  /** Null while the next decision can be recorded. */
  problem(): string | null {
    return this.#problem ?? quotaProblemOf(this.#load(), this.#deps.config);
  }

  metrics(): WriterMetrics {
    return {
      appendedRecords: this.#appended,
      refusedRecords: this.#refused,
      groups: this.#groups,
      largestGroupRecords: this.#largestGroup,
      pendingRecords: this.#load().pendingRecords,
      lostRecords: this.#lost,
    };
  }

  /** Ends writing for good: what waits is refused, and so is everything after it. */
  fail(problem: string): void {
    if (this.#state === 'failed') return;
    this.#deps.logger.fatal({ problem }, 'the audit journal cannot be written any more; every call is denied');
    this.#state = 'failed';
    this.#problem = problem;
    this.#rejectPending();
  }

  /** Takes nothing new, writes what waits, closes the segment. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    if (this.#state !== 'failed') this.#state = 'stopped';
    this.#problem ??= 'the audit journal is closed';
    this.#unschedule();
    await this.#flushing;
    await this.#flush();
    this.#rejectPending();
    await this.#deps.segments.close();
  }

  #frameOf(record: AuditRecord, seq: number): Buffer {
    const { logId, config } = this.#deps;
    const place = { logId, seq, prev: this.#prev };
    const frame = encodeFrame(encodeRecord(record, place), this.#pending.length);
    if (frame.length <= config.record_bytes_max) return frame;
    return encodeFrame(encodeRecord(withoutContents(record), place), this.#pending.length);
  }

  #load(): JournalLoad {
    return {
      journalBytes: this.#deps.segments.totalBytes(),
      pendingRecords: this.#pending.length + this.#inFlight.length,
      pendingBytes: this.#pendingBytes,
    };
  }

  /** Whether mode `bounded` lets the caller go on before this record is durable. */
  #mayBeLost(entry: Entry): boolean {
    const { mode, loss_window: window } = this.#deps.config;
    if (mode === 'strict' || this.#load().pendingRecords > window.records) return false;
    const oldest = this.#inFlight[0] ?? this.#pending[0] ?? entry;
    return entry.queuedMs - oldest.queuedMs < window.ms;
  }

  #schedule(): void {
    if (this.#flushing !== undefined) return;
    const delayMs = this.#delayMs();
    if (delayMs <= 0) {
      this.#unschedule();
      // A microtask later, so that what the same turn of the event loop appends shares the sync.
      this.#flushing = Promise.resolve().then(() => this.#flushAndContinue());
      return;
    }
    this.#cancelTimer ??= this.#deps.clock.after(delayMs, () => {
      this.#cancelTimer = undefined;
      this.#flushing ??= this.#flushAndContinue();
    });
  }

  #unschedule(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** How long the pending group may still grow. */
  #delayMs(): number {
    const { config, clock } = this.#deps;
    if (this.#pending.length >= config.group_records_max) return 0;
    const sinceLastMs = clock.monotonicMs() - this.#lastGroupMs;
    // Half of the window, so that the sync itself has the other half.
    if (config.mode === 'bounded') return config.loss_window.ms / 2 - sinceLastMs;
    return this.#lastGroupRecords > 1 ? config.group_interval_ms - sinceLastMs : 0;
  }

  async #flushAndContinue(): Promise<void> {
    await this.#flush();
    this.#flushing = undefined;
    if (this.#pending.length > 0 && this.#state === 'open') this.#schedule();
  }

  /** Writes what is pending as one group. Never rejects. */
  async #flush(): Promise<void> {
    const { head, segments, logId, clock } = this.#deps;
    if (this.#pending.length === 0 || this.#state === 'failed') return;
    const group = this.#pending;
    this.#pending = [];
    this.#inFlight = group;
    this.#lastGroupMs = clock.monotonicMs();
    this.#lastGroupRecords = group.length;
    const frames = group.map((entry) => entry.frame);
    const written = segments.append({ frames, bytes: bytesOf(group), lastSeq: head.seq() + group.length }, () => {
      const { seq, tree, leaf } = head.snapshot();
      return { logId, firstSeq: seq + 1, tree, previousLeaf: leaf };
    });
    const failure = await written.then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    this.#inFlight = [];
    if (failure === undefined) this.#commit(group);
    else this.#handleFailure(failure.error, group);
  }

  #commit(group: Entry[]): void {
    const refusal = this.#state === 'failed' ? this.#refusalOfState() : undefined;
    // The journal may have been declared lost (another process took it over) while the write was under way.
    if (refusal !== undefined) {
      this.#reject(group, refusal);
      return;
    }
    const { head, logId, onDurable } = this.#deps;
    this.#pendingBytes -= bytesOf(group);
    for (const entry of group) head.advance(entry.leaf);
    this.#groups += 1;
    this.#largestGroup = Math.max(this.#largestGroup, group.length);
    for (const { settle, seq, id } of group) settle?.resolve({ logId, seq, id });
    onDurable(group);
  }

  #handleFailure(error: unknown, group: Entry[]): void {
    if (!(error instanceof DiskFullError)) {
      this.#pending = [...group, ...this.#pending];
      this.fail(messageOf(error));
      return;
    }
    const { clock, logger, config } = this.#deps;
    const problem = `the disk of the audit journal is full: ${error.message}`;
    logger.error({ problem }, 'calls are denied until the disk has room');
    if (this.#state === 'open') {
      this.#state = 'disk_full';
      this.#problem = problem;
      clock.after(DISK_FULL_RETRY_MS, () => this.#tryAgain());
    }
    if (config.mode === 'bounded') this.#keepAcknowledged(group);
    else this.#undo(group);
  }

  /** Nothing of these was durable or acknowledged, so their numbers are free again and the log has no hole. */
  #undo(group: Entry[]): void {
    const { head } = this.#deps;
    this.#pending = [...group, ...this.#pending];
    this.#rejectPending();
    this.#nextSeq = head.seq() + 1;
    this.#prev = head.leaf();
  }

  /** Acknowledged records stay in memory and are tried again; callers that still wait are refused. */
  #keepAcknowledged(group: Entry[]): void {
    this.#pending = [...group, ...this.#pending];
    const refusal = this.#refusalOfState();
    for (const [index, entry] of this.#pending.entries()) {
      regroupFrame(entry.frame, index);
      entry.settle?.reject(refusal);
      entry.settle = undefined;
    }
  }

  #tryAgain(): void {
    if (this.#state !== 'disk_full') return;
    this.#state = 'open';
    this.#problem = null;
    if (this.#pending.length > 0) this.#schedule();
  }

  #rejectPending(): void {
    const waiting = this.#pending;
    this.#pending = [];
    this.#pendingBytes -= bytesOf(waiting);
    this.#reject(waiting, this.#refusalOfState());
  }

  #reject(entries: readonly Entry[], refusal: OperatingError | undefined): void {
    for (const { settle } of entries) {
      if (settle === undefined) this.#lost += 1;
      else settle.reject(refusal);
    }
  }

  #refusalOfState(): OperatingError | undefined {
    const message = this.#problem ?? 'the audit journal cannot be written';
    if (this.#state === 'open') return undefined;
    if (this.#state === 'disk_full')
      return unwritable('journal_full', message, 'free space on the disk of the journal');
    if (this.#state === 'stopped') return unwritable('journal_closed', message, 'start the server again');
    return unwritable('journal_failed', message, 'check the disk, then start the server again');
  }
}

function bytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + entry.frame.length, 0);
}
