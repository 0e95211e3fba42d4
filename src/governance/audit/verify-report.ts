import { recordId } from './record.ts';

export const PROBLEM_KINDS = [
  'edited',
  'removed',
  'inserted',
  'reordered',
  'truncated',
  'forked',
  'unsigned',
  'wrong_key',
  'bad_signature',
  'malformed',
  'row_changed',
  'row_missing',
  'row_added',
] as const;

export type ProblemKind = (typeof PROBLEM_KINDS)[number];

export type VerifyProblem = {
  readonly kind: ProblemKind;
  readonly log_id: string;
  /** The bad record, or the first that may be; null when the problem is not one record's. */
  readonly seq: number | null;
  /** Its id as it stands in the tables. */
  readonly id: string | null;
  /** One sentence for people. */
  readonly detail: string;
};

export type LogReport = {
  readonly log_id: string;
  /** The oldest record that was there to verify. */
  readonly first_seq: number;
  readonly records: number;
  readonly root_hash: string;
  /** Checkpoints whose signature holds. */
  readonly checkpoints: number;
  /** The newest record that a valid checkpoint covers; what came later is chained but not signed yet. */
  readonly signed_seq: number;
};

export type VerifyReport = {
  readonly ok: boolean;
  readonly source: 'database' | 'journal' | 'export';
  readonly logs: readonly LogReport[];
  /** In the order of the log; at most `PROBLEMS_MAX`. */
  readonly problems: readonly VerifyProblem[];
  readonly first_bad: VerifyProblem | null;
};

/** Enough to see the extent; one is enough to fail. */
export const PROBLEMS_MAX = 100;

export class Problems {
  readonly #problems: VerifyProblem[] = [];

  add(kind: ProblemKind, logId: string, seq: number | null, detail: string): void {
    if (this.#problems.length >= PROBLEMS_MAX) return;
    // A record that was found to be edited breaks its checkpoint too; once is enough.
    if (this.#problems.some((known) => known.log_id === logId && known.seq === seq && known.kind === kind)) return;
    this.#problems.push({ kind, log_id: logId, seq, id: seq === null ? null : recordId(logId, seq), detail });
  }

  has(logId: string): boolean {
    return this.#problems.some((problem) => problem.log_id === logId);
  }

  report(source: VerifyReport['source'], logs: readonly LogReport[]): VerifyReport {
    const position = (problem: VerifyProblem): number => problem.seq ?? Number.POSITIVE_INFINITY;
    const problems = this.#problems.toSorted((left, right) =>
      left.log_id === right.log_id ? position(left) - position(right) || 0 : left.log_id < right.log_id ? -1 : 1,
    );
    return { ok: problems.length === 0, source, logs, problems, first_bad: problems[0] ?? null };
  }
}
