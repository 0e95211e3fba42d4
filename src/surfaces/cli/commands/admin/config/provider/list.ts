import { defineCommand } from '#surfaces/cli/command';
import { listOf } from '#surfaces/cli/output';
import { flag } from '#surfaces/cli/parameters';
import { PROVIDER_COLUMNS, providerViews } from '#surfaces/cli/route-views';

export const command = defineCommand({
  effect: 'none',
  arguments: {},
  options: { used: flag('--used', 'only those to which a route leads') },
  examples: [
    { line: 'admin config provider list', shows: 'every upstream that a route may name' },
    { line: 'admin config provider list --used', shows: 'where requests may go now' },
  ],
  async run({ options, services }) {
    const providers = providerViews(await services.routes().setup());
    const isUsed = ({ routes }: (typeof providers)[number]) => Array.isArray(routes) && routes.length > 0;
    return listOf(PROVIDER_COLUMNS, options.used ? providers.filter(isUsed) : providers);
  },
});
