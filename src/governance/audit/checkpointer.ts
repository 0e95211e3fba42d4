import { appendFile } from 'node:fs/promises';
import { messageOf } from '#foundation/errors';
import type { Logger } from '#foundation/logging';
import { type Clock, every } from '#foundation/time';
import { type Checkpoint, makeCheckpoint } from './checkpoint.ts';
import type { CheckpointFile } from './checkpoint-file.ts';
import type { AuditConfig } from './config.ts';
import type { MovingHead } from './log-head.ts';
import type { SigningKey } from './signing-key.ts';

export type CheckpointerDeps = {
  readonly logId: string;
  readonly head: MovingHead;
  readonly file: CheckpointFile;
  readonly key: SigningKey;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: AuditConfig;
  /** Called when a checkpoint is on the disk. */
  readonly onMade: () => void;
};

/** Signs the durable head every so many records and every so often, while there is something new to sign. */
export class Checkpointer {
  readonly #deps: CheckpointerDeps;
  #key: SigningKey;
  #newest: Checkpoint | undefined;
  #unstored: readonly Checkpoint[];
  #coveredSize: number;
  #writing: Promise<void> = Promise.resolve();
  #stopTimer: () => void = () => {};

  constructor(deps: CheckpointerDeps) {
    this.#deps = deps;
    this.#key = deps.key;
    this.#newest = deps.file.newest;
    this.#coveredSize = deps.file.newest?.tree_size ?? 0;
    this.#unstored = deps.file.known.slice(-UNSTORED_MAX);
  }

  start(): void {
    const { clock, config } = this.#deps;
    this.#stopTimer = every(clock, config.checkpoint_interval_ms, () => this.#makeDue(1));
  }

  /** Called after each group commit. */
  onDurable(): void {
    void this.#makeDue(this.#deps.config.checkpoint_records);
  }

  /** The checkpoint of the durable head: the newest one, or a new one when records have come since. */
  async now(): Promise<Checkpoint | undefined> {
    const { head, logId, clock } = this.#deps;
    const before = this.#newest;
    if (head.seq() === 0 || before?.tree_size === head.seq()) {
      await this.#writing;
      return this.#newest;
    }
    const checkpoint = makeCheckpoint(logId, head, this.#key, clock.nowMs());
    this.#newest = checkpoint;
    const written = this.#writing.then(() => this.#write(checkpoint));
    // Whoever comes next waits for this one to end, not to succeed.
    this.#writing = written.catch(() => {
      if (this.#newest === checkpoint) this.#newest = before;
    });
    await written;
    return checkpoint;
  }

  async #write(checkpoint: Checkpoint): Promise<void> {
    const { file, config, onMade } = this.#deps;
    await file.append(checkpoint);
    this.#coveredSize = Math.max(this.#coveredSize, checkpoint.tree_size);
    this.#unstored = [...this.#unstored, checkpoint].slice(-UNSTORED_MAX);
    onMade();
    if (config.checkpoint_export_file !== null) await appendFile(config.checkpoint_export_file, `${checkpoint.note}\n`);
  }

  /** Signs with another key from now on. */
  useKey(key: SigningKey): void {
    this.#key = key;
    this.#newest = undefined;
  }

  /** The size of the newest checkpoint that is on the disk. */
  coveredSize(): number {
    return this.#coveredSize;
  }

  /** Checkpoints that the database may not hold yet, oldest first, up to this size. */
  unstoredUpTo(size: number): readonly Checkpoint[] {
    return this.#unstored.filter((checkpoint) => checkpoint.tree_size <= size);
  }

  markStored(size: number): void {
    this.#unstored = this.#unstored.filter((checkpoint) => checkpoint.tree_size > size);
  }

  async stop(): Promise<void> {
    this.#stopTimer();
    await this.now().catch((error: unknown) => this.#report(error));
    await this.#deps.file.close();
  }

  async #makeDue(records: number): Promise<void> {
    if (this.#deps.head.seq() - (this.#newest?.tree_size ?? 0) < records) return;
    await this.now().catch((error: unknown) => this.#report(error));
  }

  #report(error: unknown): void {
    this.#deps.logger.error({ problem: messageOf(error) }, 'an audit checkpoint could not be written');
  }
}

/** Enough for any outage: a later checkpoint covers what an earlier one would have. */
const UNSTORED_MAX = 1_000;
