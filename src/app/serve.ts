import { join } from 'node:path';
import { formatConfigProblem } from '#foundation/config-file/config-problem';
import { watchConfig } from '#foundation/config-file/watch-config';
import { OperatingError } from '#foundation/errors';
import { createIdSource } from '#foundation/ids';
import { createLifecycle } from '#foundation/lifecycle';
import { createLogger } from '#foundation/logging';
import type { Database } from '#foundation/postgres/database';
import { type Clock, systemClock } from '#foundation/time';
import { ensureFirstAdministrator } from '#governance/identity/first-administrator';
import { localActor } from '#governance/identity/local-actor';
import { SURFACE_AUDIENCES } from '#governance/identity/principal';
import { CUT_OFF_MS_MAX } from '#surfaces/http/server';
import { refuseOpenBind } from './bind-guard.ts';
import { type App, buildApp } from './build-app.ts';
import { type Configuration, loadConfiguration } from './configuration/configuration.ts';
import { shadowedProviders } from './extensions/extensions.ts';
import { type Home, homeAt, prepareHome } from './home.ts';
import { loadInstallation } from './installation.ts';
import { openDatabase } from './open-database.ts';
import { openSecrets } from './open-secrets.ts';
import { removeRuntimeFile, writeRuntimeFile } from './runtime-file.ts';
import { explainSecondServer } from './second-server.ts';
import type { Settings } from './settings.ts';
import { renderWelcome } from './welcome.ts';

export type ServeDeps = {
  readonly settings: Settings;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly pid: number;
  /** Talk for people. */
  readonly say: (text: string) => void;
  /** Resolves when the process is asked to stop. */
  readonly stopRequested: Promise<void>;
  /** Called at SIGHUP. */
  readonly onReloadRequested: (reload: () => void) => void;
};

const PART_STOP_MS_MAX = 15_000;
/** A part gets this on top of what it grants itself. */
const STOP_MARGIN_MS = 5_000;

/**
 * configuration -> secrets and database -> everything wired -> started in order -> ready -> asked to stop -> stopped in
 * reverse. Resolves to the exit code.
 */
export async function serve(deps: ServeDeps): Promise<number> {
  const home = homeAt(deps.settings.home, deps.settings.profile);
  prepareHome(home);
  try {
    return await serveHome(home, deps);
  } catch (error) {
    throw explainSecondServer(error, home);
  }
}

async function serveHome(home: Home, deps: ServeDeps): Promise<number> {
  const { settings, environment, say } = deps;
  const clock = systemClock;
  const ids = createIdSource(clock.nowMs);
  const startedAtMs = clock.nowMs();
  const load = () =>
    loadConfiguration(
      { profileFile: home.profileFile, servicesDirectory: settings.services, home: home.root },
      environment,
    );
  const loaded = await load();
  if (!loaded.ok) throw refusedConfiguration(loaded.problems.map(formatConfigProblem));
  const { profile } = loaded.value;
  const host = settings.host ?? profile.server.host;
  refuseOpenBind(host, profile.server);
  const logger = createLogger({ level: profile.logging.level, file: join(home.logs, 'systemprompt.log') });

  const warnOfShadows = ({ extensions, profile: { providers } }: Configuration) => {
    for (const warning of shadowedProviders(extensions, providers)) logger.warn(warning);
  };
  warnOfShadows(loaded.value);

  say(settings.databaseUrl === null ? 'starting PostgreSQL' : 'connecting to PostgreSQL');
  const opened = await openDatabase({
    home,
    databaseUrl: settings.databaseUrl,
    poolMax: profile.database.pool_max,
    statementTimeoutMs: profile.database.statement_timeout_ms,
    clock,
    ids,
    logger,
  });
  if (opened.migrated.applied.length > 0) say(`applied ${opened.migrated.applied.length} migrations`);
  const watch = watchConfig<Configuration>({
    initial: loaded,
    load,
    clock,
    onChange({ value }) {
      logger.info('the configuration was reloaded');
      warnOfShadows(value);
    },
    onProblems: (problems) => reportProblems(problems.map(formatConfigProblem)),
  });
  deps.onReloadRequested(() => void watch.reload());
  function reportProblems(problems: readonly string[]): void {
    if (problems.length === 0) return;
    logger.error({ problems }, 'an edit of the configuration is refused; the running one stays');
    say(`an edit of the configuration is refused; the running one stays:\n${problems.join('\n')}`);
  }

  const app = buildApp({
    configuration: () => watch.current().value,
    configurationProblems: () => watch.problems().map(formatConfigProblem),
    database: opened.database,
    secrets: openSecrets({ home, config: profile.secrets, environment, clock, ids, logger }),
    home,
    installation: loadInstallation(home, ids),
    host,
    port: settings.port ?? profile.server.port,
    version: deps.version,
    childHost: { path: environment.PATH ?? '', language: environment.LANG ?? 'C.UTF-8' },
    clock,
    ids,
    logger,
  });
  const watching = { name: 'configuration watch', stop: () => watch.close() };
  const stopMsMax = Math.max(PART_STOP_MS_MAX, profile.server.drain_ms_max + CUT_OFF_MS_MAX + STOP_MARGIN_MS);
  const lifecycle = createLifecycle([opened.part, watching, ...app.parts], clock, stopMsMax);
  await lifecycle.start();

  const baseUrl = `http://${host.includes(':') ? `[${host}]` : host}:${app.server.port()}`;
  await welcome(app, deps, {
    baseUrl,
    database: opened.embedded ? 'embedded PostgreSQL' : 'DATABASE_URL',
    startedMs: clock.nowMs() - startedAtMs,
    gatewayEnabled: profile.gateway.enabled,
    publicUrl: profile.server.public_url ?? baseUrl,
    connection: opened.database,
    clock,
  });
  writeRuntimeFile(home.runtimeFile, {
    pid: deps.pid,
    port: app.server.port(),
    baseUrl,
    profile: settings.profile,
    startedAtMs,
    databaseUrl: opened.connectionString,
  });

  await deps.stopRequested;
  say('stopping');
  removeRuntimeFile(home.runtimeFile);
  const problems = await lifecycle.stop();
  for (const { part, problem } of problems) say(`${part}: ${problem}`);
  return problems.length === 0 ? 0 : 1;
}

type WelcomeFacts = {
  readonly baseUrl: string;
  readonly publicUrl: string;
  readonly database: string;
  readonly startedMs: number;
  readonly gatewayEnabled: boolean;
  readonly connection: Database;
  readonly clock: Clock;
};

/** The first administrator, a link that signs in once, and a token for the line to copy. */
async function welcome(app: App, deps: ServeDeps, facts: WelcomeFacts): Promise<void> {
  const { administratorEmail } = deps.settings;
  const ids = createIdSource(facts.clock.nowMs);
  const actor = localActor('system', ids);
  const desk = app.identity.desk(actor, 'cli');
  await ensureFirstAdministrator(
    { database: facts.connection, clock: facts.clock, ids, actor, onEvent: undefined },
    administratorEmail,
  );
  const { code } = await desk.createSignInCode(administratorEmail);
  const { token } = await desk.login({
    email: administratorEmail,
    audiences: [...SURFACE_AUDIENCES],
    durationMs: undefined,
  });
  deps.say(
    renderWelcome({
      baseUrl: facts.publicUrl,
      signInLink: `${facts.publicUrl}/sign-in?code=${code}`,
      administratorEmail,
      token,
      gatewayEnabled: facts.gatewayEnabled,
      database: facts.database,
      startedMs: facts.startedMs,
    }),
  );
}

function refusedConfiguration(problems: readonly string[]): OperatingError {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new OperatingError(
    'invalid_input',
    'configuration',
    `the configuration has ${count}:\n${problems.join('\n')}`,
    {
      remedy: 'mend the files and start again; systemprompt admin config validate checks them',
    },
  );
}
