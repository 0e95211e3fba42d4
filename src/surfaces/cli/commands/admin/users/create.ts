import { defineCommand } from '#surfaces/cli/command';
import { userView } from '#surfaces/cli/identity-views';
import { itemOf } from '#surfaces/cli/output';
import { requiredText, text, texts } from '#surfaces/cli/parameters';
import { parseRoles } from '#surfaces/cli/parse-roles';

export const command = defineCommand({
  effect: 'change',
  arguments: {},
  options: {
    name: requiredText('--name <name>', 'how people call the user'),
    email: requiredText('--email <email>', 'unique; names the user everywhere'),
    role: texts('--role <role>', 'one or more roles; user when left out'),
    department: text('--department <name>', 'for rules by department'),
  },
  examples: [
    { line: 'admin users create --name "Ada Lovelace" --email ada@example.com', shows: 'a user' },
    { line: 'admin users create --name Build --email build@example.com --role service', shows: 'a service' },
  ],
  async run({ options, services, dryRun, terminal }) {
    const { name, email, department = null } = options;
    const roles = options.role.length === 0 ? (['user'] as const) : parseRoles(options.role);
    if (dryRun) return itemOf({ dry_run: true, would: 'create', name, email, roles, department });
    const identity = await services.identity();
    const user = await identity.createUser({ name, email, roles, department });
    terminal.say(`created; next: systemprompt admin users pat issue ${email} --name laptop`);
    return itemOf(userView(user));
  },
});
