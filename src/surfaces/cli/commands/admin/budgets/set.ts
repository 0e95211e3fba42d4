import { OperatingError } from '#foundation/errors';
import { definedMembers, type JsonObject } from '#foundation/json';
import { BUDGET_DIMENSIONS } from '#governance/budgets/config';
import { budgetView } from '#surfaces/cli/budget-views';
import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { argument, choice, integer, text, texts } from '#surfaces/cli/parameters';

const COUNT = { min: 0, max: 1_000_000_000_000 };

export const command = defineCommand({
  effect: 'change',
  details: `Writes the budget into the configuration tree: into the file that has it, or into budgets/<id>.yaml, which
is then included. What is not named stays as it is. A running server takes it over; what was used is kept.`,
  arguments: { budget: argument('budget', 'its id') },
  options: {
    costDollars: text('--cost-dollars <dollars>', 'limit on cost'),
    requests: integer('--requests <count>', 'limit on requests', { min: 0, max: 1_000_000_000 }),
    inputTokens: integer('--input-tokens <count>', 'limit on tokens read', COUNT),
    outputTokens: integer('--output-tokens <count>', 'limit on tokens written', COUNT),
    window: text('--window <window>', 'hour, day, week, month, or a duration such as 24h'),
    timeZone: text('--time-zone <zone>', 'whose calendar the window follows'),
    per: choice('--per <dimension>', 'one account for each', BUDGET_DIMENSIONS),
    match: texts(
      '--match <pair>',
      'which requests count, key=value: users=ada@example.com, models=claude-*; repeatable',
    ),
    warnAt: texts('--warn-at <part>', 'used part at which to warn, such as 0.8; repeatable'),
    action: choice('--action <action>', 'whether a full budget stops or only warns', ['block', 'warn']),
    unpriced: choice('--unpriced <how>', 'what a limit on cost does with a model without a price', ['deny', 'allow']),
    state: choice('--state <state>', 'whether it is in force', ['on', 'off']),
  },
  examples: [
    { line: 'admin budgets set team-daily --per department --window day --cost-dollars 50', shows: 'a new one' },
    { line: 'admin budgets set team-daily --cost-dollars 80', shows: 'more room, at once' },
    { line: 'admin budgets set team-daily --state off --dry-run', shows: 'what would be written, and where' },
  ],
  async run({ args, options, services, dryRun, terminal }) {
    const change: JsonObject = {
      ...(options.state === undefined ? {} : { enabled: options.state === 'on' }),
      ...(options.match.length === 0 ? {} : { match: matchOf(options.match) }),
      ...definedMembers({
        per: options.per,
        window: options.window,
        time_zone: options.timeZone,
        action: options.action,
        unpriced: options.unpriced,
      }),
      ...(options.warnAt.length === 0 ? {} : { warn_at: options.warnAt.map((part) => numberOf('--warn-at', part)) }),
    };
    const limits = definedMembers({
      cost_dollars: options.costDollars === undefined ? undefined : numberOf('--cost-dollars', options.costDollars),
      requests: options.requests,
      input_tokens: options.inputTokens,
      output_tokens: options.outputTokens,
    });
    const { budget, file } = await services.budgets().set({ id: args.budget, change, limits }, { dryRun });
    if (dryRun) return itemOf({ dry_run: true, would: 'set', ...budgetView(budget), file });
    terminal.say(`${args.budget} is set in ${file}; a running server takes it over`);
    return itemOf({ ...budgetView(budget), file });
  },
});

function matchOf(pairs: readonly string[]): JsonObject {
  const match = new Map<string, string[]>();
  for (const pair of pairs) {
    const [, key, value] = /^([a-z]+)=(.+)$/.exec(pair) ?? [];
    if (key === undefined || value === undefined)
      throw unreadable('--match', pair, 'key=value, such as models=claude-*');
    match.set(key, [...(match.get(key) ?? []), value]);
  }
  return Object.fromEntries(match);
}

function numberOf(option: string, typed: string): number {
  const value = Number(typed);
  if (typed.trim() !== '' && Number.isFinite(value)) return value;
  throw unreadable(option, typed, 'a number');
}

function unreadable(option: string, typed: string, wanted: string): OperatingError {
  return new OperatingError('invalid_input', 'usage', `${option} ${JSON.stringify(typed)} is not ${wanted}`, {
    remedy: 'systemprompt admin budgets set --help',
  });
}
