import type { Call, CallKind } from './call.ts';
import type { CheckId, Verdict } from './decision.ts';

/**
 * What a busy machine may take the process away for in the middle of a check. Budgets are counted in time that passes,
 * so none is shorter: a check that needs microseconds would deny whoever calls while the machine is busy.
 */
export const PAUSE_MICROS_MAX = 250_000;

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
