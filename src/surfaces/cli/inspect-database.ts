import { createDatabaseInspection, type DatabaseInspection } from './database-inspection-store.ts';
import type { CliServices } from './services.ts';

/** What the `infra db` commands share: the database, opened, behind the questions they ask. */
export async function inspectDatabase(services: CliServices): Promise<DatabaseInspection> {
  return createDatabaseInspection(await services.database());
}
