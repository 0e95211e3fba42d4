import type { Call, CallKind } from './call.ts';
import type { CheckId, Verdict } from './decision.ts';

/**
 * One row of the pipeline. `judge` is synchronous and has no effect but a limit's own counting; it may throw, and a
 * throw is a deny. Overrunning `budgetMicros` is a deny too.
 */
export type Check = {
  readonly id: CheckId;
  readonly appliesTo: readonly CallKind[];
  readonly budgetMicros: number;
  judge(call: Call): Verdict;
};
