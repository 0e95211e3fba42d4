import { defineCommand } from '#surfaces/cli/command';
import { listOf } from '#surfaces/cli/output';
import { SECRET_COLUMNS, secretView } from '#surfaces/cli/secret-views';

export const command = defineCommand({
  effect: 'none',
  details: 'Names and versions. There is no command that prints a value.',
  arguments: {},
  options: {},
  examples: [{ line: 'admin config secret list', shows: 'what is in the store' }],
  async run({ services }) {
    const secrets = (await services.secrets()).list();
    const remark = secrets.length === 0 ? 'none; systemprompt admin config secret set NAME' : undefined;
    return listOf(SECRET_COLUMNS, secrets.map(secretView), remark);
  },
});
