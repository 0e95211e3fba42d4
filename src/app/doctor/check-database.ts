import { type DoctorDeps, type Finding, fail, pass, warn } from './check.ts';
import { readDatabaseFacts } from './database-facts-store.ts';

const VERSION_MIN = 15;

export async function checkDatabase(deps: DoctorDeps): Promise<Finding> {
  const database = await deps.database();
  if (database === undefined)
    return warn('the embedded PostgreSQL runs with the server, which is not running', 'npm start');
  const { version, major } = await readDatabaseFacts(database);
  if (major >= VERSION_MIN) return pass(`PostgreSQL ${version}`);
  return fail(
    `PostgreSQL ${version} is older than ${VERSION_MIN}`,
    'upgrade it, or unset DATABASE_URL to use the embedded one',
  );
}
