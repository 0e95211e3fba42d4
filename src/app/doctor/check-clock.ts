import { type DoctorDeps, type Finding, fail, pass, warn } from './check.ts';
import { readDatabaseFacts } from './database-facts-store.ts';

const SKEW_MS_WARN = 2_000;
/** The leeway with which credentials are judged; beyond it, good ones are refused. */
const SKEW_MS_FAIL = 30_000;

export async function checkClock(deps: DoctorDeps): Promise<Finding> {
  const database = await deps.database();
  if (database === undefined) return warn('there is no database clock to compare with', 'npm start');
  const beforeMs = deps.clock.nowMs();
  const { nowMs } = await readDatabaseFacts(database);
  // The database read its clock somewhere between the two readings of ours.
  const afterMs = deps.clock.nowMs();
  const skewMs = nowMs < beforeMs ? beforeMs - nowMs : Math.max(0, nowMs - afterMs);
  const detail = `${Math.round(skewMs)} ms from the database's clock`;
  if (skewMs <= SKEW_MS_WARN) return pass(detail);
  const remedy = 'let both machines keep time by NTP (timedatectl set-ntp true)';
  return skewMs <= SKEW_MS_FAIL ? warn(detail, remedy) : fail(`${detail}: credentials will be refused`, remedy);
}
