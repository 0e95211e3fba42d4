import { defineCommand } from '#surfaces/cli/command';
import { inspectDatabase } from '#surfaces/cli/inspect-database';
import { itemOf } from '#surfaces/cli/output';

export const command = defineCommand({
  effect: 'none',
  arguments: {},
  options: {},
  examples: [{ line: 'infra db info', shows: 'which database this is, how large, how busy' }],
  async run({ services }) {
    const { started_at, ...info } = await (await inspectDatabase(services)).info();
    return itemOf({ ...info, started_at: started_at.toISOString() });
  },
});
