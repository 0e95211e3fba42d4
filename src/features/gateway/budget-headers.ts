import { slotAt } from '#governance/budgets/account';
import { type BudgetStanding, passedThreshold } from '#governance/budgets/budgets';
import type { BudgetConfig } from '#governance/budgets/config';
import type { Decision } from '#governance/policy/decision';

/** Clients of Anthropic read these of the usage limits of the one who asks. */
const LIMIT_PREFIX = 'anthropic-ratelimit-unified-';

const WARNING_HEADER = 'x-systemprompt-budget-warning';

/** Parts at which the clients change what they show. */
const SHOWN_THRESHOLDS = [0.95, 0.75];

const PERIOD_WORDS: Readonly<Record<string, string>> = {
  hour: 'hourly',
  day: 'daily',
  week: 'weekly',
  month: 'monthly',
};

type Headers = Readonly<Record<string, string>>;

/** What an answer tells of the budgets that the request counts in; nothing when it counts in none. */
export function budgetHeaders(standings: readonly BudgetStanding[], wire: string, nowMs: number): Headers {
  const warned = standings.filter(({ budget, fullness }) => passedThreshold(budget, fullness) !== undefined);
  const warning = warned.map(({ budget, fullness }) => `id=${budget.id}; used=${twoDecimals(fullness)}`).join(', ');
  const cap = fullestCap(standings);
  return {
    ...(warned.length === 0 ? {} : { [WARNING_HEADER]: warning }),
    ...(cap === undefined || wire !== 'anthropic' ? {} : allowedHeaders(cap, nowMs)),
  };
}

function allowedHeaders(cap: BudgetStanding, nowMs: number): Headers {
  const { budget, fullness } = cap;
  const status = passedThreshold(budget, fullness) === undefined ? 'allowed' : 'allowed_warning';
  const surpassed = SHOWN_THRESHOLDS.find((threshold) => fullness >= threshold);
  const reset = String(Math.ceil(resetsAtMs(cap, nowMs) / 1_000));
  return {
    [`${LIMIT_PREFIX}status`]: status,
    [`${LIMIT_PREFIX}representative-claim`]: 'overage',
    [`${LIMIT_PREFIX}overage-status`]: status,
    // What is allowed is below 1, or the client would say that it is not.
    [`${LIMIT_PREFIX}overage-utilization`]: twoDecimals(Math.min(0.99, fullness)),
    ...(surpassed === undefined ? {} : { [`${LIMIT_PREFIX}overage-surpassed-threshold`]: String(surpassed) }),
    [`${LIMIT_PREFIX}reset`]: reset,
    [`${LIMIT_PREFIX}overage-reset`]: reset,
  };
}

/**
 * Of a request that a budget denied. Without `representative-claim` and `overage-status`: with them the client shows
 * words of its own instead of ours.
 */
export function deniedHeaders(
  { policy, findings, retryAfterMs }: Decision,
  budgets: readonly BudgetConfig[],
  wire: string,
  nowMs: number,
): Headers {
  if (policy !== 'budget' || retryAfterMs === null || wire !== 'anthropic') return {};
  const rule = findings.find(({ check, result }) => check === 'budget' && result === 'deny')?.rule;
  const window = budgets.find(({ id }) => id === rule)?.window;
  if (window === undefined) return {};
  const reset = String(Math.ceil((nowMs + retryAfterMs) / 1_000));
  return {
    [`${LIMIT_PREFIX}status`]: 'rejected',
    [`${LIMIT_PREFIX}reset`]: reset,
    [`${LIMIT_PREFIX}overage-reset`]: reset,
    [`${LIMIT_PREFIX}overage-utilization`]: '1',
    [`${LIMIT_PREFIX}overage-surpassed-threshold`]: '1',
    [`${LIMIT_PREFIX}overage-period`]: PERIOD_WORDS[window] ?? window,
    [`${LIMIT_PREFIX}overage-disabled-reason`]: 'org_spend_cap_reached',
  };
}

/** The fullest of the budgets that can stop the caller. */
export function fullestCap(standings: readonly BudgetStanding[]): BudgetStanding | undefined {
  const caps = standings.filter(({ budget }) => budget.action === 'block');
  return caps.sort((left, right) => right.fullness - left.fullness)[0];
}

/** When everything that is counted now has left the window. */
export function resetsAtMs({ account }: Pick<BudgetStanding, 'account'>, nowMs: number): number {
  return slotAt(account.name.window, nowMs).leavesAtMs;
}

/** Whole, rounded down: 83 is told when that much is used, not before. */
export function percent(part: number): number {
  return Math.floor(part * 100 + 1e-9);
}

function twoDecimals(part: number): string {
  return (percent(part) / 100).toFixed(2);
}
