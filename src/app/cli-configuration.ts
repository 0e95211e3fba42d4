import { formatConfigProblem } from '#foundation/config-file/config-problem';
import type { ConfigResult } from '#foundation/config-file/load-config-tree';
import { OperatingError } from '#foundation/errors';
import { rateLimitConfigSchema } from '#governance/limits/config';
import { policyEntry } from '#governance/policy/governance-config';
import type { ConfigurationDesk } from '#surfaces/cli/configuration-desk';
import { type Configuration, loadConfiguration } from './configuration/configuration.ts';
import type { Home } from './home.ts';
import type { Settings } from './settings.ts';

export type CliConfiguration = ConfigurationDesk & {
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
  };
}
