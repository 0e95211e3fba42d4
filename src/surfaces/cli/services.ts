/**
 * What commands need of the rest of the program, each thing opened when a command first asks for it. The composition
 * root implements it (`app/cli-services.ts`); tests give plain objects. Nothing here is opened by asking for help.
 */
import type { Database } from '#foundation/postgres/database';
import type { IdentityDesk } from '#governance/identity/identity-desk';
import type { SecretStore } from '#governance/secrets/secret-store';
import type { BudgetDesk } from './budget-desk.ts';
import type { ConfigurationDesk } from './configuration-desk.ts';
import type { DiagnosisItem } from './diagnosis.ts';
import type { RouteDesk } from './route-desk.ts';
import type { ServerDoor } from './server-door.ts';

export type CliServices = {
  /** The database of the running server, or DATABASE_URL. Rejects with `unavailable` when neither answers. */
  database(): Promise<Database>;
  /** Users and their credentials, in the name of this machine's operator. */
  identity(): Promise<IdentityDesk>;
  /** The secret store of the home, opened; it needs no running server. */
  secrets(): Promise<SecretDesk>;
  /** The configuration as it stands in the files; it needs no running server. */
  configuration(): ConfigurationDesk;
  /** The budgets in those files; it needs no running server. */
  budgets(): BudgetDesk;
  /** The routes of models and their providers in those files; it needs no running server. */
  routes(): RouteDesk;
  places(): Places;
  /** The running server of this home, or undefined when there is none. Read anew at each call. */
  runtime(): Promise<RuntimeInfo | undefined>;
  /** The running server over loopback HTTP; rejects with `unavailable` (`serverAway`) when there is none. */
  server(): Promise<ServerDoor>;
  /** Runs the server in this process until it is stopped; resolves to the exit code. */
  serve(options: ServeOptions): Promise<number>;
  /** Every check of the doctor, in order. */
  diagnose(): Promise<readonly DiagnosisItem[]>;
  close(): Promise<void>;
};

/** The secret store as an operator handles it: values go in and never come out. */
export type SecretDesk = Pick<
  SecretStore,
  'list' | 'set' | 'rotate' | 'delete' | 'rotateStoreKey' | 'rotateMasterKey' | 'exportTo' | 'importFrom' | 'adopt'
>;

export type Places = {
  /** The directory of this installation's state. */
  readonly home: string;
  readonly migrationsDirectory: string;
  /** `<home>/journal`: one directory for each log. */
  readonly journalDirectory: string;
  /** `<home>/audit`: the keys that sign checkpoints. */
  readonly auditKeyDirectory: string;
  /** What the server writes its diagnostics to, one JSON object a line. */
  readonly logFile: string;
};

export type RuntimeInfo = {
  readonly pid: number;
  readonly port: number;
  readonly baseUrl: string;
  readonly profile: string;
  readonly startedAtMs: number;
};

export type ServeOptions = {
  readonly port: string | undefined;
  readonly host: string | undefined;
};

/** What the framework knows when it opens the services. */
export type ServicesRequest = {
  readonly home: string | undefined;
  readonly profile: string | undefined;
  readonly services: string | undefined;
};
