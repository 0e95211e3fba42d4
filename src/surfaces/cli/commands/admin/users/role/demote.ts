import { changeRoles } from '#surfaces/cli/change-roles';
import { defineCommand } from '#surfaces/cli/command';
import { argument } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'change',
  details: 'Takes the role admin away; who held nothing else is a user then. The last administrator stays one.',
  arguments: { user: argument('user', 'id or e-mail') },
  options: {},
  examples: [{ line: 'admin users role demote ada@example.com', shows: 'an administrator no more' }],
  run: (context) =>
    changeRoles(context, (roles) => {
      const others = roles.filter((role) => role !== 'admin');
      return others.length === 0 ? ['user'] : others;
    }),
});
