import { OperatingError } from '#foundation/errors';
import { changeRoles } from '#surfaces/cli/change-roles';
import { defineCommand } from '#surfaces/cli/command';
import { argument, optionalArgument, texts } from '#surfaces/cli/parameters';
import { parseRoles } from '#surfaces/cli/parse-roles';

export const command = defineCommand({
  effect: 'change',
  details: 'Replaces the roles that the user holds.',
  arguments: {
    user: argument('user', 'id or e-mail'),
    roles: optionalArgument('roles', 'one role, or several with commas between them'),
  },
  options: { roles: texts('--roles <role>', 'the same as an option') },
  examples: [
    { line: 'admin users role assign ada@example.com admin,user', shows: 'both roles and no other' },
    { line: 'admin users role assign ada@example.com --roles service', shows: 'with the option' },
  ],
  async run(context) {
    const words = [...(context.args.roles?.split(',') ?? []), ...context.options.roles];
    if (words.length === 0) {
      throw new OperatingError('invalid_input', 'roles_required', 'no role was named', {
        remedy: `systemprompt admin users role assign ${context.args.user} user`,
      });
    }
    const roles = parseRoles(words);
    return changeRoles(context, () => roles);
  },
});
