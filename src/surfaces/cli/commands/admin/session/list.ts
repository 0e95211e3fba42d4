import type { Session } from '#governance/identity/session';
import { defineCommand } from '#surfaces/cli/command';
import { SESSION_COLUMNS, sessionView } from '#surfaces/cli/identity-views';
import { listOf } from '#surfaces/cli/output';
import { flag, text } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  arguments: {},
  options: {
    user: text('--user <user>', 'only those of this user, by id or e-mail'),
    all: flag('--all', 'also those that have ended or expired'),
  },
  examples: [
    { line: 'admin session list', shows: 'who is signed in' },
    { line: 'admin session list --user ada@example.com', shows: 'where one user is' },
  ],
  async run({ options, services, clock }) {
    const identity = await services.identity();
    const user = options.user === undefined ? undefined : await identity.findUser(options.user);
    const known = await identity.listSessions(user?.id);
    const sessions = options.all ? known : known.filter((session) => isOpen(session, clock.nowMs()));
    return listOf(
      SESSION_COLUMNS,
      sessions.map(sessionView),
      sessions.length === 0 ? 'nobody is signed in' : undefined,
    );
  },
});

function isOpen({ endedAt, expiresAt }: Session, nowMs: number): boolean {
  return endedAt === null && (expiresAt === null || expiresAt.getTime() > nowMs);
}
