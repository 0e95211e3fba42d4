import type { Role } from '#governance/identity/role';
import type { CommandContext } from './context.ts';
import { userView } from './identity-views.ts';
import { itemOf, type Output } from './output.ts';

type Context = Pick<CommandContext<{ readonly user: string }, unknown>, 'args' | 'services' | 'dryRun' | 'terminal'>;

/** Gives the named user the roles that `change` makes of the present ones. */
export async function changeRoles(
  { args, services, dryRun, terminal }: Context,
  change: (roles: readonly Role[]) => readonly Role[],
): Promise<Output> {
  const identity = await services.identity();
  const user = await identity.findUser(args.user);
  const roles = [...new Set(change(user.roles))];
  if (dryRun) return itemOf({ dry_run: true, would: 'set roles', id: user.id, email: user.email, roles });
  const changed = await identity.setRoles(user.id, roles);
  terminal.say(
    `${changed.email ?? changed.id} is now ${changed.roles.join(', ')}; open sessions follow within a second`,
  );
  return itemOf(userView(changed));
}
