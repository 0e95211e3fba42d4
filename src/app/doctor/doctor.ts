import { messageOf, OperatingError } from '#foundation/errors';
import type { DiagnosisItem } from '#surfaces/cli/diagnosis';
import { type DoctorCheck, type DoctorDeps, warn } from './check.ts';
import { checkClock } from './check-clock.ts';
import { checkConfiguration } from './check-configuration.ts';
import { checkDatabase } from './check-database.ts';
import { checkHome } from './check-home.ts';
import { checkJournal } from './check-journal.ts';
import { checkKeys } from './check-keys.ts';
import { checkMcpServers } from './check-mcp-servers.ts';
import { checkMigrations } from './check-migrations.ts';
import { checkPort } from './check-port.ts';
import { checkRuntime } from './check-runtime.ts';

/** Everything that a start needs, in the order in which a start needs it. */
export const DOCTOR_CHECKS: readonly DoctorCheck[] = [
  { name: 'runtime', run: checkRuntime },
  { name: 'home', run: checkHome },
  { name: 'configuration', run: checkConfiguration },
  { name: 'keys', run: checkKeys },
  { name: 'journal', run: checkJournal },
  { name: 'port', run: checkPort },
  { name: 'database', run: checkDatabase },
  { name: 'migrations', needsDatabase: true, run: checkMigrations },
  { name: 'clock', needsDatabase: true, run: checkClock },
  { name: 'mcp_servers', run: checkMcpServers },
];

/** Runs every check; one that throws has failed, and the others still run. */
export async function diagnose(deps: DoctorDeps): Promise<readonly DiagnosisItem[]> {
  const items: DiagnosisItem[] = [];
  let databaseFailed = false;
  for (const check of DOCTOR_CHECKS) {
    const item: DiagnosisItem = databaseFailed && check.needsDatabase ? unknown(check) : await runOne(check, deps);
    databaseFailed ||= item.check === 'database' && item.status === 'fail';
    items.push(item);
  }
  return items;
}

async function runOne(check: DoctorCheck, deps: DoctorDeps): Promise<DiagnosisItem> {
  try {
    return { check: check.name, ...(await check.run(deps)) };
  } catch (error) {
    const remedy = error instanceof OperatingError ? error.remedy : undefined;
    return {
      check: check.name,
      status: 'fail',
      detail: messageOf(error),
      remedy: remedy ?? 'systemprompt doctor --verbose',
    };
  }
}

function unknown({ name }: DoctorCheck): DiagnosisItem {
  return { check: name, ...warn('unknown while the database is in trouble', 'mend the database first') };
}
