import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createIdSource } from '#foundation/ids';
import { silentLogger } from '#foundation/logging';
import { systemClock } from '#foundation/time';
import { createDatabase } from './database.ts';
import { createEmbeddedPostgres } from './embedded.ts';
import { migrate } from './migrate.ts';

const MIGRATIONS = join(import.meta.dirname, '..', '..', '..', 'migrations');
const ids = createIdSource(systemClock.nowMs);

/** Where Debian's packages put their programs; the oldest version that we support is 15. */
const installed = [15, 16, 17]
  .map((version) => ({ version, directory: `/usr/lib/postgresql/${version}` }))
  .find(({ directory }) => existsSync(join(directory, 'bin', 'initdb')));

test.skipIf(installed === undefined)(
  `every migration runs on PostgreSQL ${installed?.version ?? '15 to 17 (skipped: none is installed here)'}`,
  async () => {
    const root = join(tmpdir(), `systemprompt-older-${ids.bytes(6).toString('hex')}`);
    await mkdir(root, { mode: 0o711 });
    const embedded = createEmbeddedPostgres({
      directory: join(root, 'postgres'),
      binariesDirectory: installed?.directory ?? '',
      logger: silentLogger,
      clock: systemClock,
      ids,
    });
    const { connectionString } = await embedded.start();
    const database = createDatabase({ connectionString, poolMax: 2, logger: silentLogger, clock: systemClock });
    try {
      const [row] = await database.query<{ version: number }>(
        "SELECT current_setting('server_version_num')::int / 10000 AS version",
      );
      expect(row?.version).toBe(installed?.version);
      const first = await migrate(database, { directory: MIGRATIONS });
      expect(await migrate(database, { directory: MIGRATIONS })).toEqual({ applied: [], version: first.version });
    } finally {
      await database.close();
      await embedded.stop();
      await rm(root, { recursive: true });
    }
  },
);
