import type { Reply } from '#foundation/http/exchange';
import { standingOf } from '#governance/budgets/account';
import type { BudgetStanding } from '#governance/budgets/budgets';
import { fullestCap, percent, resetsAtMs } from './budget-headers.ts';

const MICRODOLLARS_PER_CENT = 10_000;

/**
 * `GET /api/oauth/usage`: how the caller stands in the budgets that can stop it. Cents as numbers, whole percents; a
 * caller without a budget gets nulls, which clients tell apart from a budget of nothing.
 */
export function usageReply(standings: readonly BudgetStanding[], nowMs: number): Reply {
  const caps = standings.filter(({ budget }) => budget.action === 'block');
  const costly = fullestCap(caps.filter(({ account }) => Number.isFinite(account.limits.microdollars)));
  return {
    status: 200,
    json: {
      extra_usage: {
        is_enabled: costly !== undefined,
        monthly_limit: costly === undefined ? null : cents(costly.account.limits.microdollars),
        used_credits: costly === undefined ? null : cents(standingOf(costly.account).microdollars),
        utilization: costly === undefined ? null : percent(costly.fullness),
        currency: costly === undefined ? null : 'USD',
      },
      limits: caps.map((cap) => ({
        id: cap.budget.id,
        window: cap.budget.window,
        utilization: percent(cap.fullness),
        resets_at: new Date(Math.ceil(resetsAtMs(cap, nowMs) / 1_000) * 1_000).toISOString(),
      })),
    },
  };
}

function cents(microdollars: number): number {
  return Math.round(microdollars / MICRODOLLARS_PER_CENT);
}
