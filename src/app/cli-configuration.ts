import { MOCK_PROVIDER } from '#features/gateway/built-in-providers';
import { formatConfigProblem } from '#foundation/config-file/config-problem';
import type { ConfigResult } from '#foundation/config-file/load-config-tree';
import { OperatingError } from '#foundation/errors';
import { rateLimitConfigSchema } from '#governance/limits/config';
import { policyEntry } from '#governance/policy/governance-config';
import type { BudgetDesk, BudgetEdit } from '#surfaces/cli/budget-desk';
import type { ConfigurationDesk } from '#surfaces/cli/configuration-desk';
import type { RouteDesk, RouteEdit } from '#surfaces/cli/route-desk';
import { type Configuration, loadConfiguration } from './configuration/configuration.ts';
import { writeTexts } from './configuration/edited-files.ts';
import { type BudgetPlan, planBudget } from './configuration/write-budget.ts';
import { routesText } from './configuration/write-routes.ts';
import type { Home } from './home.ts';
import type { Settings } from './settings.ts';

export type CliConfiguration = ConfigurationDesk & {
  readonly budgets: BudgetDesk;
  readonly routes: RouteDesk;
  /** As the files have it, whether or not it is valid. */
  readonly loaded: ConfigResult<Configuration>;
  /** Throws with every problem when it is not valid. */
  require(): Configuration;
};

/** Reads the configuration of this home once. */
export async function openCliConfiguration(
  home: Home,
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<CliConfiguration> {
  const files = { profileFile: home.profileFile, servicesDirectory: settings.services, home: home.root };
  const loaded = await loadConfiguration(files, environment);

  function require(): Configuration {
    if (loaded.ok) return loaded.value;
    const problems = loaded.problems.map(formatConfigProblem).join('\n');
    throw new OperatingError('invalid_input', 'configuration', `the configuration is not valid:\n${problems}`, {
      remedy: 'mend the files; systemprompt admin config validate checks them',
    });
  }

  async function setBudget(edit: BudgetEdit, isDryRun: boolean): Promise<BudgetPlan> {
    const index = require().services.budgets.findIndex(({ id }) => id === edit.id);
    const file = index === -1 || !loaded.ok ? undefined : loaded.locate(['services', 'budgets', index]).file;
    const plan = await planBudget(edit, { servicesDirectory: settings.services, file });
    if (isDryRun) return plan;
    await writeValid(plan.texts, 'mend what is named and set the budget again');
    return plan;
  }

  async function editRoutes(edit: RouteEdit, isDryRun: boolean): Promise<{ readonly file: string }> {
    const { gateway } = require().profile;
    const isWritten = gateway.routes !== undefined && loaded.ok;
    const file = isWritten ? loaded.locate(['profile', 'gateway', 'routes']).file : home.profileFile;
    const servedBefore = gateway.default_provider === undefined ? MOCK_PROVIDER : undefined;
    const texts = new Map([[file, await routesText(edit, file, servedBefore)]]);
    if (!isDryRun) await writeValid(texts, 'mend what is named and edit the routes again');
    return { file };
  }

  /** What would make the configuration invalid is taken back. */
  async function writeValid(texts: ReadonlyMap<string, string>, remedy: string): Promise<void> {
    const written = await writeTexts(texts);
    const again = await loadConfiguration(files, environment);
    if (again.ok) return;
    await written.undo();
    const problems = again.problems.map(formatConfigProblem).join('\n');
    throw new OperatingError('invalid_input', 'configuration', `the configuration would not be valid:\n${problems}`, {
      remedy: `nothing was changed; ${remedy}`,
    });
  }

  return {
    loaded,
    require,
    problems: async () => (loaded.ok ? [] : loaded.problems),
    files: async () => loaded.sources,
    async show() {
      const { profile, services } = require();
      return { profile, services };
    },
    rateLimits: async () => policyEntry(require().services.governance, 'rate_limit') ?? rateLimitConfigSchema.parse({}),
    mcpServers: async () => require().services.mcp_servers,
    budgets: {
      list: async () => require().services.budgets,
      set: (edit, options) => setBudget(edit, options.dryRun),
    },
    routes: {
      async setup() {
        const { profile, extensions } = require();
        return { gateway: profile.gateway, providers: profile.providers, registered: extensions.providers };
      },
      edit: (edit, options) => editRoutes(edit, options.dryRun),
    },
  };
}
