import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { flag } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  arguments: {},
  options: { breakdown: flag('--breakdown', 'by role as well; a user may hold several') },
  examples: [
    { line: 'admin users count', shows: 'how many there are' },
    { line: 'admin users count --breakdown --json', shows: 'by role' },
  ],
  async run({ options, services }) {
    const identity = await services.identity();
    const { total, byRole } = await identity.countUsers();
    return itemOf(options.breakdown ? { total, ...byRole } : { total });
  },
});
