import type { ConfigProblem } from '#foundation/config-file/config-problem';
import type { Database } from '#foundation/postgres/database';
import type { Clock } from '#foundation/time';
import type { DiagnosisItem } from '#surfaces/cli/diagnosis';
import type { MigrationsReport } from '#surfaces/cli/read-migrations';
import type { RuntimeInfo } from '#surfaces/cli/services';
import type { Home } from '../home.ts';

/** What the doctor may look at. Each function may reject: the check that asked then fails with the reason. */
export type DoctorDeps = {
  /** `process.versions.node` */
  readonly nodeVersion: string;
  /** Undefined where there are no user ids (Windows). */
  readonly userId: number | undefined;
  readonly home: Home;
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  /** The most that the journal may take of the disk. */
  readonly journalBytesMax: number;
  runtime(): Promise<RuntimeInfo | undefined>;
  /** Undefined when it is the embedded one and no server runs it now. */
  database(): Promise<Database | undefined>;
  migrations(): Promise<MigrationsReport>;
  configurationProblems(): Promise<readonly ConfigProblem[]>;
  /** The stdio servers that are declared and enabled. */
  mcpCommands(): Promise<readonly { readonly server: string; readonly command: string }[]>;
  /** Throws with the remedy when the program is not found. */
  resolveCommand(command: string, server: string): string;
  /** Whether nobody listens there yet. */
  isPortFree(host: string, port: number): Promise<boolean>;
  /** Bytes that an unprivileged process may still write beside `path`. */
  freeBytes(path: string): Promise<number>;
};

export type Finding = Omit<DiagnosisItem, 'check'>;

/** One row of the doctor's table. */
export type DoctorCheck = {
  readonly name: string;
  /** Says nothing of its own while the database is in trouble. */
  readonly needsDatabase?: true;
  run(deps: DoctorDeps): Promise<Finding>;
};

export function pass(detail: string): Finding {
  return { status: 'pass', detail, remedy: null };
}

export function warn(detail: string, remedy: string): Finding {
  return { status: 'warn', detail, remedy };
}

export function fail(detail: string, remedy: string): Finding {
  return { status: 'fail', detail, remedy };
}
