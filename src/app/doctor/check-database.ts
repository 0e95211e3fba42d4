import { messageOf } from '#foundation/errors';
import { type DoctorDeps, type Finding, fail, pass, warn } from './check.ts';
import { type DatabaseFacts, readDatabaseFacts } from './database-facts-store.ts';

const VERSION_MIN = 15;

export async function checkDatabase(deps: DoctorDeps): Promise<Finding> {
  const database = await deps.database();
  if (database === undefined)
    return warn('the embedded PostgreSQL runs with the server, which is not running', 'npm start');
  let facts: DatabaseFacts;
  try {
    facts = await readDatabaseFacts(database);
  } catch (error) {
    return fail(
      messageOf(error),
      'start that PostgreSQL or mend DATABASE_URL; without DATABASE_URL the embedded one is used',
    );
  }
  const { version, major } = facts;
  if (major >= VERSION_MIN) return pass(`PostgreSQL ${version}`);
  return fail(
    `PostgreSQL ${version} is older than ${VERSION_MIN}`,
    'upgrade it, or unset DATABASE_URL to use the embedded one',
  );
}
