import { changeRoles } from '#surfaces/cli/change-roles';
import { defineCommand } from '#surfaces/cli/command';
import { argument } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'change',
  details: 'Adds the role admin to those that the user holds.',
  arguments: { user: argument('user', 'id or e-mail') },
  options: {},
  examples: [{ line: 'admin users role promote ada@example.com', shows: 'make an administrator' }],
  run: (context) => changeRoles(context, (roles) => ['admin', ...roles]),
});
