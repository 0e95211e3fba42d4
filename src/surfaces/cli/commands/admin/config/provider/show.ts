import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { argument } from '#surfaces/cli/parameters';
import { providerView } from '#surfaces/cli/route-views';

export const command = defineCommand({
  effect: 'none',
  details: 'Its secret is named, never shown; of added headers only the names.',
  arguments: { provider: argument('provider', 'its tag') },
  options: {},
  examples: [
    { line: 'admin config provider show anthropic', shows: 'where it stands, what it speaks, which routes use it' },
  ],
  async run({ args, services }) {
    return itemOf(providerView(await services.routes().setup(), args.provider));
  },
});
