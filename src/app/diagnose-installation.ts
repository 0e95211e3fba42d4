import { existsSync } from 'node:fs';
import { resolveCommand } from '#features/mcp/supervisor/command-path';
import type { ConfigResult } from '#foundation/config-file/load-config-tree';
import type { Database } from '#foundation/postgres/database';
import type { Clock } from '#foundation/time';
import type { ConfigurationDesk } from '#surfaces/cli/configuration-desk';
import type { DiagnosisItem } from '#surfaces/cli/diagnosis';
import { readMigrations } from '#surfaces/cli/read-migrations';
import type { RuntimeInfo } from '#surfaces/cli/services';
import type { Configuration } from './configuration/configuration.ts';
import { diagnose } from './doctor/doctor.ts';
import { freeBytes, isPortFree } from './doctor/machine.ts';
import type { Home } from './home.ts';
import { MIGRATIONS } from './migrations-directory.ts';
import type { Settings } from './settings.ts';

export type DiagnoseDeps = {
  readonly home: Home;
  readonly settings: Settings;
  readonly host: NodeJS.Process;
  readonly clock: Clock;
  readonly runtime: () => Promise<RuntimeInfo | undefined>;
  readonly database: () => Promise<Database>;
  readonly configuration: ConfigurationDesk;
  readonly loaded: ConfigResult<Configuration>;
};

const DEFAULT_PORT = 8080;
const DEFAULT_QUOTA_BYTES = 2_147_483_648;

/** The doctor's checks over this home and this machine. */
export async function diagnoseInstallation(deps: DiagnoseDeps): Promise<readonly DiagnosisItem[]> {
  const { home, settings, host, clock, configuration, loaded } = deps;
  const profile = loaded.ok ? loaded.value.profile : undefined;
  return diagnose({
    nodeVersion: host.versions.node,
    userId: host.getuid?.(),
    home,
    host: settings.host ?? profile?.server.host ?? '127.0.0.1',
    port: settings.port ?? profile?.server.port ?? DEFAULT_PORT,
    clock,
    journalBytesMax: profile?.audit.quota_bytes ?? DEFAULT_QUOTA_BYTES,
    runtime: deps.runtime,
    async database() {
      const reachable = settings.databaseUrl !== null || (await deps.runtime()) !== undefined;
      return reachable ? deps.database() : undefined;
    },
    migrations: async () => readMigrations(await deps.database(), MIGRATIONS),
    configurationProblems: () => configuration.problems(),
    async mcpCommands() {
      const servers = loaded.ok ? Object.entries(loaded.value.services.mcp_servers) : [];
      return servers.flatMap(([server, config]) =>
        config.type === 'stdio' && config.enabled ? [{ server, command: config.command }] : [],
      );
    },
    resolveCommand: (command, server) => resolveCommand(command, host.env.PATH ?? '', server),
    isPortFree,
    freeBytes: (path) => freeBytes(existsSync(path) ? path : home.root),
  });
}
