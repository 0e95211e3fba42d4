import { join } from 'node:path';
import { formatConfigProblem } from '#foundation/config-file/config-problem';
import { OperatingError } from '#foundation/errors';
import { createIdSource } from '#foundation/ids';
import { createLogger, silentLogger } from '#foundation/logging';
import { createDatabase, type PooledDatabase } from '#foundation/postgres/database';
import { systemClock } from '#foundation/time';
import { createIdentityDesk, type IdentityDesk } from '#governance/identity/identity-desk';
import { localActor } from '#governance/identity/local-actor';
import { loadSigningKeys } from '#governance/identity/signing-keys';
import { createTokenSigning } from '#governance/identity/token-signing';
import { rateLimitConfigSchema } from '#governance/limits/config';
import { policyEntry } from '#governance/policy/governance-config';
import type { SecretStore } from '#governance/secrets/secret-store';
import type { ConfigurationDesk } from '#surfaces/cli/configuration-desk';
import { serverAway } from '#surfaces/cli/server-away';
import type { CliServices, RuntimeInfo, ServicesRequest } from '#surfaces/cli/services';
import { type Configuration, loadConfiguration } from './configuration/configuration.ts';
import { diagnoseInstallation } from './diagnose-installation.ts';
import { homeAt } from './home.ts';
import { openServerDoor } from './local-server-door.ts';
import { MIGRATIONS } from './open-database.ts';
import { openSecrets } from './open-secrets.ts';
import { isProcessAlive, readRuntimeFile } from './runtime-file.ts';
import { serve } from './serve.ts';
import { readSettings } from './settings.ts';
import { watchSignals } from './watch-signals.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CLI_POOL_MAX = 2;

/** What the commands ask for, each opened when it is first asked for and closed with the command. */
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
  const load = once(() =>
    loadConfiguration({ profileFile: home.profileFile, servicesDirectory: settings.services }, host.env),
  );
  const opened: (() => Promise<void> | void)[] = [];

  const runtimeRecord = () => readRuntimeFile(home.runtimeFile, isProcessAlive);

  async function runtime(): Promise<RuntimeInfo | undefined> {
    const record = runtimeRecord();
    if (record === undefined) return undefined;
    const { pid, port, baseUrl, profile, startedAtMs } = record;
    return { pid, port, baseUrl, profile, startedAtMs };
  }

  async function configured(): Promise<Configuration> {
    const loaded = await load();
    if (loaded.ok) return loaded.value;
    const problems = loaded.problems.map(formatConfigProblem).join('\n');
    throw new OperatingError('invalid_input', 'configuration', `the configuration is not valid:\n${problems}`, {
      remedy: 'mend the files; systemprompt admin config validate checks them',
    });
  }

  const database = once(async (): Promise<PooledDatabase> => {
    const connectionString = runtimeRecord()?.databaseUrl ?? settings.databaseUrl;
    if (connectionString === null) throw serverAway(home.root);
    const pool = createDatabase({ connectionString, poolMax: CLI_POOL_MAX, logger: silentLogger, clock });
    opened.push(() => pool.close());
    return pool;
  });

  const secrets = once(async (): Promise<SecretStore> => {
    const { profile } = await configured();
    const logger = createLogger({ level: 'warn' });
    const store = openSecrets({ home, config: profile.secrets, environment: host.env, clock, ids, logger });
    await store.start?.();
    opened.push(() => store.stop?.());
    return store;
  });

  const identity = once(async (): Promise<IdentityDesk> => {
    const { identity: config } = (await configured()).profile;
    const path = config.signing_key_file ?? join(home.keys, 'access-token.json');
    return createIdentityDesk({
      database: await database(),
      clock,
      ids,
      actor: localActor('local-operator', ids),
      onEvent: undefined,
      signer: async () =>
        createTokenSigning(
          config.algorithm,
          await loadSigningKeys(config.algorithm, { path, ids, nowMs: clock.nowMs() }),
        ).signer,
      issuer: config.issuer,
      loginLifetimeMs: config.access_token_lifetime_seconds * 1_000,
      signInCodeLifetimeMs: config.sign_in_code_lifetime_seconds * 1_000,
      clientId: 'cli',
    });
  });

  const configuration: ConfigurationDesk = {
    async problems() {
      const loaded = await load();
      return loaded.ok ? [] : loaded.problems;
    },
    files: async () => (await load()).sources,
    show: async () => ({ ...(await configured()) }),
    async rateLimits() {
      const { governance } = (await configured()).services;
      return policyEntry(governance, 'rate_limit') ?? rateLimitConfigSchema.parse({});
    },
    mcpServers: async () => (await configured()).services.mcp_servers,
  };

  return {
    database,
    identity,
    secrets,
    configuration: () => configuration,
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
      return openServerDoor({
        baseUrl: running.baseUrl,
        home: home.root,
        identity: await identity(),
        administratorEmail: settings.administratorEmail,
      });
    },
    serve: (options) =>
      serve({
        settings: readSettings({ ...request, ...options }, host.env, whereabouts),
        environment: host.env,
        version,
        pid: host.pid,
        say: (text) => void host.stdout.write(`${text}\n`),
        ...watchSignals(host, clock),
      }),
    diagnose: async () =>
      diagnoseInstallation({ home, settings, host, clock, runtime, database, configuration, loaded: load }),
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
