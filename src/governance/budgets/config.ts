import { z } from 'zod';
import { parseDurationMs } from '#foundation/time';
import { ROLES } from '../identity/role.ts';

const ROLLING_MS_MIN = 1_000;
const ROLLING_MS_MAX = 366 * 86_400_000;

export const CALENDAR_UNITS = ['hour', 'day', 'week', 'month'] as const;

export const BUDGET_DIMENSIONS = [
  'user',
  'key',
  'agent',
  'department',
  'tenant',
  'model',
  'route',
  'provider',
  'all',
] as const;

const names = z.array(z.string().min(1).max(200)).min(1);

const matchSchema = z
  .strictObject({
    users: names.optional().describe('User ids or e-mail addresses.'),
    keys: names.optional().describe('Prefixes of personal access tokens, as `admin users pat list` shows them.'),
    agents: names.optional().describe('Agents, as the client names them.'),
    departments: names.optional().describe('Departments of the users.'),
    tenants: names.optional().describe('Tenants.'),
    roles: z.array(z.enum(ROLES)).min(1).optional().describe('Highest roles of the users.'),
    models: names.optional().describe('Models, as asked for or as asked for upstream; `*` stands for anything.'),
    routes: names.optional().describe('Ids of model routes.'),
    providers: names.optional().describe('Providers of models.'),
  })
  .prefault({})
  .describe('Which requests count: those that fit every line; all when there is none.');

const limitsSchema = z
  .strictObject({
    requests: z.int().min(0).max(1_000_000_000).optional().describe('Model requests.'),
    input_tokens: z.int().min(0).max(1_000_000_000_000).optional().describe('Tokens read, cached ones included.'),
    output_tokens: z.int().min(0).max(1_000_000_000_000).optional().describe('Tokens written.'),
    cost_dollars: z.number().min(0).max(100_000_000).optional().describe('Cost in US dollars.'),
  })
  .refine((limits) => Object.values(limits).some((limit) => limit !== undefined), {
    message: 'needs at least one limit',
  })
  .describe('How much may be used in one window; what is not listed is only counted.');

export const budgetSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be lower-case letters, digits, _ and -')
    .describe('The name in headers, records and commands; what was used is kept under it.'),
  enabled: z.boolean().default(true).describe('Whether the budget counts and stops; what was used is kept.'),
  match: matchSchema,
  per: z
    .enum(BUDGET_DIMENSIONS)
    .default('all')
    .describe('One account for each value of this, or one for all. Requests without a value share an account.'),
  window: z
    .string()
    .refine(isWindow, { message: 'must be hour, day, week, month, or a duration such as 24h, 1s to 366d' })
    .default('month')
    .describe('`hour`, `day`, `week` (from Monday), `month` by the calendar, or a rolling duration such as `24h`.'),
  time_zone: z
    .string()
    .refine(isTimeZone, { message: 'must be a time zone of the IANA database, such as Europe/Zagreb' })
    .default('UTC')
    .describe('Whose calendar the window follows.'),
  limits: limitsSchema,
  warn_at: z
    .array(z.number().gt(0).lt(1))
    .max(10)
    .default([0.8])
    .describe('Used parts of a limit at which answers carry a warning and an event is recorded.'),
  action: z.enum(['block', 'warn']).default('block').describe('Whether a full budget stops requests or only warns.'),
  unpriced: z
    .enum(['deny', 'allow'])
    .default('deny')
    .describe('What a limit on cost does with a model without a price.'),
});

/** The `budget` entry of `governance.policies`; the budgets themselves stand in the `budgets` slice. */
export const budgetPolicyConfigSchema = z.strictObject({
  id: z.literal('budget').default('budget').describe('Which policy this entry configures.'),
  enabled: z.boolean().default(true).describe('Whether budgets are kept; when false every request passes.'),
});

/** The `budgets` slice of the services tree. */
export const budgetsConfigSchema = z
  .array(budgetSchema)
  .max(1_000)
  .default([])
  .refine((budgets) => new Set(budgets.map(({ id }) => id)).size === budgets.length, {
    message: 'lists a budget twice',
  })
  .describe('How much of the models may be used; every budget that a request counts in must have room for it.');

export type BudgetConfig = z.infer<typeof budgetSchema>;
export type BudgetDimension = (typeof BUDGET_DIMENSIONS)[number];
export type CalendarUnit = (typeof CALENDAR_UNITS)[number];

export type WindowSpan =
  | { readonly kind: 'calendar'; readonly unit: CalendarUnit; readonly timeZone: string }
  | { readonly kind: 'rolling'; readonly ms: number };

export function windowSpanOf({ window, time_zone }: Pick<BudgetConfig, 'window' | 'time_zone'>): WindowSpan {
  const unit = CALENDAR_UNITS.find((known) => known === window);
  if (unit !== undefined) return { kind: 'calendar', unit, timeZone: time_zone };
  return { kind: 'rolling', ms: parseDurationMs(window) ?? ROLLING_MS_MAX };
}

function isWindow(text: string): boolean {
  if (CALENDAR_UNITS.some((unit) => unit === text)) return true;
  const ms = parseDurationMs(text);
  return ms !== undefined && ms >= ROLLING_MS_MIN && ms <= ROLLING_MS_MAX;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
