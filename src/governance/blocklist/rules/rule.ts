import type { Category } from '../category.ts';
import type { ProgramCall } from '../shell/program-call.ts';

/** One way to destroy something by a command, with what it catches and what it leaves alone. */
export type CommandRule = {
  /** Unique among all rules. */
  readonly id: string;
  readonly category: Category;
  /** What the command does, as the subject of a sentence: "<says> is denied". */
  readonly says: string;
  /** The programs that it looks at, in lower case. */
  readonly programs: readonly string[];
  matches(call: ProgramCall): boolean;
  /** Shell scripts that it catches. */
  readonly positives: readonly string[];
  /** Shell scripts, near to those, that no rule catches. */
  readonly negatives: readonly string[];
};
