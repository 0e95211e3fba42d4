import { createIdSource } from '#foundation/ids';
import type { Database } from '#foundation/postgres/database';
import { systemClock } from '#foundation/time';
import { localActor } from '#governance/identity/local-actor';
import { issuePat } from '#governance/identity/manage-pats';
import { createUser } from '#governance/identity/manage-users';

export type BenchCaller = { readonly token: string; readonly sessions: readonly string[] };

/**
 * So many that no session comes near its rate limit: what is measured is a decision, not a refusal. The last one is an
 * administrator, for the bench's own questions.
 */
export async function makeCallers(
  database: Database,
  wanted: { readonly callers: number; readonly sessionsEach: number },
): Promise<{ readonly callers: readonly BenchCaller[]; readonly administratorToken: string }> {
  const ids = createIdSource(systemClock.nowMs);
  const deps = { database, clock: systemClock, ids, actor: localActor('system', ids), onEvent: undefined };

  async function tokenOf(name: string, role: 'user' | 'admin'): Promise<string> {
    const user = await createUser(deps, { name, email: `${name}@bench.local`, roles: [role], department: null });
    return (await issuePat(deps, user.id, { name: 'bench' })).secret;
  }

  const callers: BenchCaller[] = [];
  for (let index = 0; index < wanted.callers; index++) {
    const sessions = Array.from({ length: wanted.sessionsEach }, () => ids.uuid());
    callers.push({ token: await tokenOf(`caller-${index}`, 'user'), sessions });
  }
  return { callers, administratorToken: await tokenOf('bench-administrator', 'admin') };
}
