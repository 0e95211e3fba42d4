import { globMatches } from '#foundation/text';
import type { Call, ModelUse } from '../policy/call.ts';
import type { Calendar } from './calendar.ts';
import type { BudgetConfig, WindowSpan } from './config.ts';

/** The window in which an account counts now. */
export type AccountWindow =
  | { readonly kind: 'calendar'; readonly startMs: number; readonly endMs: number }
  | { readonly kind: 'rolling'; readonly ms: number };

/** Which account of a budget a request counts in. */
export type AccountName = {
  /** Unlike that of any other account; a calendar window that begins has new accounts. */
  readonly key: string;
  readonly budgetId: string;
  /** Whose account: the value of the budget's dimension; `*` for an account of all. */
  readonly value: string;
  readonly window: AccountWindow;
};

export type Caller = Pick<Call, 'principal'> & { readonly agent?: Call['agent'] };

/** Whether a request counts in the budget. */
export function counts({ match }: BudgetConfig, call: Caller, use: ModelUse, requestedModel: string): boolean {
  return (
    isOneOf(match.routes, use.route) &&
    isOneOf(match.providers, use.provider) &&
    (match.models === undefined ||
      match.models.some((glob) => globMatches(glob, requestedModel) || globMatches(glob, use.upstreamModel))) &&
    isOneOf(match.agents, call.agent?.id) &&
    countsCaller({ match }, call)
  );
}

/** Whether requests of the caller count in the budget, as far as it depends on who asks. */
export function countsCaller({ match }: Pick<BudgetConfig, 'match'>, { principal }: Caller): boolean {
  return (
    (match.users === undefined ||
      isOneOf(match.users, principal.userId) ||
      (principal.email !== null && isOneOf(match.users, principal.email))) &&
    isOneOf(match.keys, principal.credential.id) &&
    isOneOf(match.departments, principal.department) &&
    isOneOf(match.tenants, principal.tenantId) &&
    (match.roles === undefined || match.roles.includes(principal.role))
  );
}

/** The account for a value of the budget's dimension, in the window of `nowMs`. `span` is the budget's own. */
export function accountName(
  budget: BudgetConfig,
  span: WindowSpan,
  value: string,
  calendar: Calendar,
  nowMs: number,
): AccountName {
  const { id: budgetId, per } = budget;
  // Ids and time zones hold no line feed, and the value stands last, so two accounts never have one key.
  if (span.kind === 'rolling') {
    return { key: `${budgetId}\nrolling\n${per}\n${value}`, budgetId, value, window: span };
  }
  const period = calendar.periodOf(span.unit, span.timeZone, nowMs);
  const key = `${budgetId}\n${span.unit} ${span.timeZone} ${period.startMs}\n${per}\n${value}`;
  return { key, budgetId, value, window: { kind: 'calendar', ...period } };
}

/** Departments and agents are told apart by tenant; what has no value is `-`, and shares an account. */
export function dimensionValue({ per }: Pick<BudgetConfig, 'per'>, caller: Caller, use: ModelUse | null): string {
  const { principal, agent } = caller;
  switch (per) {
    case 'user':
      return principal.userId;
    case 'key':
      return principal.credential.id;
    case 'agent':
      return `${principal.tenantId}/${agent?.id ?? '-'}`;
    case 'department':
      return `${principal.tenantId}/${principal.department ?? '-'}`;
    case 'tenant':
      return principal.tenantId;
    case 'model':
      return use?.upstreamModel ?? '-';
    case 'route':
      return use?.route ?? '-';
    case 'provider':
      return use?.provider ?? '-';
    case 'all':
      return '*';
  }
}

function isOneOf(listed: readonly string[] | undefined, value: string | null | undefined): boolean {
  return listed === undefined || (value !== null && value !== undefined && listed.includes(value));
}
