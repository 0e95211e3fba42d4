/**
 * What the commands ask for, each opened when it is first asked for and closed with the command. So is its code: a
 * command that looks at the database loads neither the configuration nor the server, and starts in a fraction of the
 * time.
 */
import { join } from 'node:path';
import { createIdSource } from '#foundation/ids';
import type { PooledDatabase } from '#foundation/postgres/database';
import { systemClock } from '#foundation/time';
import type { IdentityDesk } from '#governance/identity/identity-desk';
import type { SecretStore } from '#governance/secrets/secret-store';
import type { BudgetDesk } from '#surfaces/cli/budget-desk';
import type { ConfigurationDesk } from '#surfaces/cli/configuration-desk';
import type { RouteDesk } from '#surfaces/cli/route-desk';
import { serverAway } from '#surfaces/cli/server-away';
import type { CliServices, RuntimeInfo, ServicesRequest } from '#surfaces/cli/services';
import { homeAt } from './home.ts';
import { MIGRATIONS } from './migrations-directory.ts';
import { isProcessAlive, readRuntimeFile } from './runtime-file.ts';
import { readSettings } from './settings.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CLI_POOL_MAX = 2;

export function createCliServices(request: ServicesRequest, host: NodeJS.Process, version: string): CliServices {
  const whereabouts = {
    workingDirectory: host.cwd(),
    root: ROOT,
    isCheckout: import.meta.filename.endsWith('.ts'),
  };
  const settings = readSettings(request, host.env, whereabouts);
  const home = homeAt(settings.home, settings.profile);
  const clock = systemClock;
  const ids = createIdSource(clock.nowMs);
  const opened: (() => Promise<void> | void)[] = [];

  const runtimeRecord = () => readRuntimeFile(home.runtimeFile, isProcessAlive);

  async function runtime(): Promise<RuntimeInfo | undefined> {
    const record = runtimeRecord();
    if (record === undefined) return undefined;
    const { pid, port, baseUrl, profile, startedAtMs } = record;
    return { pid, port, baseUrl, profile, startedAtMs };
  }

  const configured = once(async () => {
    const { openCliConfiguration } = await import('./cli-configuration.ts');
    return openCliConfiguration(home, settings, host.env);
  });

  const configuration: ConfigurationDesk = {
    problems: async () => (await configured()).problems(),
    files: async () => (await configured()).files(),
    show: async () => (await configured()).show(),
    rateLimits: async () => (await configured()).rateLimits(),
    mcpServers: async () => (await configured()).mcpServers(),
  };

  const budgets: BudgetDesk = {
    list: async () => (await configured()).budgets.list(),
    set: async (...edit) => (await configured()).budgets.set(...edit),
  };

  const routes: RouteDesk = {
    setup: async () => (await configured()).routes.setup(),
    edit: async (...edit) => (await configured()).routes.edit(...edit),
  };

  const database = once(async (): Promise<PooledDatabase> => {
    const connectionString = runtimeRecord()?.databaseUrl ?? settings.databaseUrl;
    if (connectionString === null) throw serverAway(home.root);
    const { createDatabase } = await import('#foundation/postgres/database');
    const { silentLogger } = await import('#foundation/logging');
    const pool = createDatabase({ connectionString, poolMax: CLI_POOL_MAX, logger: silentLogger, clock });
    opened.push(() => pool.close());
    return pool;
  });

  const secrets = once(async (): Promise<SecretStore> => {
    const { profile } = (await configured()).require();
    const { openSecrets } = await import('./open-secrets.ts');
    const { createLogger } = await import('#foundation/logging');
    const logger = createLogger({ level: 'warn' });
    const store = openSecrets({ home, config: profile.secrets, environment: host.env, clock, ids, logger });
    await store.start?.();
    opened.push(() => store.stop?.());
    return store;
  });

  const identity = once(async (): Promise<IdentityDesk> => {
    const connected = await database();
    const { profile } = (await configured()).require();
    const { openCliIdentity } = await import('./cli-identity.ts');
    return openCliIdentity({ database: connected, config: profile.identity, home, clock, ids });
  });

  return {
    database,
    identity,
    secrets,
    configuration: () => configuration,
    budgets: () => budgets,
    routes: () => routes,
    places: () => ({
      home: home.root,
      migrationsDirectory: MIGRATIONS,
      journalDirectory: home.journal,
      auditKeyDirectory: home.audit,
      logFile: join(home.logs, 'systemprompt.log'),
    }),
    runtime,
    async server() {
      const running = await runtime();
      if (running === undefined) throw serverAway(home.root);
      const { openServerDoor } = await import('./local-server-door.ts');
      const { administratorEmail } = settings;
      return openServerDoor({ baseUrl: running.baseUrl, home: home.root, identity, administratorEmail });
    },
    async serve(options) {
      // First of all, so that a signal during the start is heard.
      const { watchSignals } = await import('./watch-signals.ts');
      const signals = watchSignals(host, clock);
      const { serve } = await import('./serve.ts');
      return serve({
        settings: readSettings({ ...request, ...options }, host.env, whereabouts),
        environment: host.env,
        version,
        pid: host.pid,
        say: (text) => void host.stdout.write(`${text}\n`),
        ...signals,
      });
    },
    async diagnose() {
      const { diagnoseInstallation } = await import('./diagnose-installation.ts');
      const { loaded } = await configured();
      return diagnoseInstallation({ home, settings, host, clock, runtime, database, configuration, loaded });
    },
    async close() {
      for (const close of opened.toReversed()) await close();
    },
  };
}

/** Runs `make` at the first call and keeps its promise. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
