/**
 * Runs an embedded PostgreSQL in a process of its own, for tests that kill it: prints one line of JSON when it is
 * ready, stops on SIGTERM. Arguments: the directory.
 */
import { createIdSource } from '#foundation/ids';
import { silentLogger } from '#foundation/logging';
import { createEmbeddedPostgres } from '#foundation/postgres/embedded';
import { systemClock } from '#foundation/time';

const [directory = ''] = process.argv.slice(2);
const embedded = createEmbeddedPostgres({
  directory,
  logger: silentLogger,
  clock: systemClock,
  ids: createIdSource(systemClock.nowMs),
});
const connection = await embedded.start();
process.once('SIGTERM', () => embedded.stop());
process.stdout.write(`${JSON.stringify({ ...connection, uid: process.getuid?.() })}\n`);
