import { type DoctorDeps, type Finding, fail, pass, warn } from './check.ts';

export async function checkMigrations(deps: DoctorDeps): Promise<Finding> {
  if ((await deps.database()) === undefined) return warn('unknown while the database is not running', 'npm start');
  const { applied, pending, problem } = await deps.migrations();
  if (problem !== null) return fail(problem.message, problem.remedy ?? 'systemprompt infra db validate');
  if (pending.length > 0) {
    return warn(`${pending.length} pending: ${pending.join(', ')}`, 'npm start runs them');
  }
  return pass(`${applied.length} applied, none pending`);
}
