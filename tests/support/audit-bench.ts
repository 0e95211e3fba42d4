import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIdSource } from '#foundation/ids';
import { silentLogger } from '#foundation/logging';
import type { Database } from '#foundation/postgres/database';
import { type Clock, systemClock } from '#foundation/time';
import { type AuditService, createAudit } from '#governance/audit/audit';
import { type AuditConfig, auditConfigSchema } from '#governance/audit/config';
import type { JournalFiles } from '#governance/audit/journal-files';

export type AuditBench = {
  readonly home: string;
  readonly journalDirectory: string;
  readonly keyDirectory: string;
  /** Starts an audit on this home; all that were started are stopped at the end. */
  start(options?: BenchOptions): Promise<AuditService>;
  /** The directory of the one log. */
  logDirectory(audit: AuditService): string;
  remove(): Promise<void>;
};

export type BenchOptions = {
  readonly config?: Partial<AuditConfig>;
  readonly database?: Database;
  readonly files?: JournalFiles;
  readonly clock?: Clock;
};

/** A home of its own in a temporary directory. */
export async function createAuditBench(): Promise<AuditBench> {
  const home = await mkdtemp(join(tmpdir(), 'systemprompt-audit-'));
  const journalDirectory = join(home, 'journal');
  const keyDirectory = join(home, 'audit');
  const started: AuditService[] = [];
  return {
    home,
    journalDirectory,
    keyDirectory,
    async start(options = {}) {
      const clock = options.clock ?? systemClock;
      const audit = createAudit({
        journalDirectory,
        keyDirectory,
        database: options.database ?? absentDatabase(),
        clock,
        ids: createIdSource(() => clock.nowMs()),
        logger: silentLogger,
        config: { ...auditConfigSchema.parse({}), drain_interval_ms: 0, ...options.config },
        ...(options.files === undefined ? {} : { files: options.files }),
      });
      await audit.start();
      started.push(audit);
      return audit;
    },
    logDirectory: (audit) => join(journalDirectory, audit.logId() ?? ''),
    async remove() {
      await Promise.all(started.map((audit) => audit.stop().catch(() => undefined)));
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** A database that is away. */
export function absentDatabase(): Database {
  const away = () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
  return { query: away, transaction: away, listen: away, close: () => Promise.resolve() };
}
