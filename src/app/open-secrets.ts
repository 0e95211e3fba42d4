import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { OperatingError } from '#foundation/errors';
import type { IdSource } from '#foundation/ids';
import type { Logger } from '#foundation/logging';
import type { Clock } from '#foundation/time';
import { createCommandMasterKey } from '#governance/secrets/command-master-key';
import type { SecretsConfig } from '#governance/secrets/config';
import { createFileMasterKey } from '#governance/secrets/file-master-key';
import type { MasterKeyProvider } from '#governance/secrets/master-key';
import { createPassphraseMasterKey } from '#governance/secrets/passphrase-master-key';
import { createSecretStore, type SecretStore } from '#governance/secrets/secret-store';
import { SecretValue } from '#governance/secrets/secret-value';
import type { Home } from './home.ts';

export type OpenSecretsDeps = {
  readonly home: Home;
  readonly config: SecretsConfig;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
};

const TENANT = 'default';

/** The secret store of the home, under the master key that the profile names. Nothing is opened before `start`. */
export function openSecrets(deps: OpenSecretsDeps): SecretStore {
  return createSecretStore({
    directory: deps.home.secrets,
    tenant: TENANT,
    masterKey: masterKeyOf(deps),
    clock: deps.clock,
    ids: deps.ids,
    logger: deps.logger,
    versionsKept: deps.config.versions_kept,
  });
}

function masterKeyOf({ home, config, environment, ids }: OpenSecretsDeps): MasterKeyProvider {
  const { master_key: key } = config;
  switch (key.provider) {
    case 'file':
      return createFileMasterKey({ path: key.path ?? join(home.secrets, 'master.key'), ids });
    case 'passphrase':
      return createPassphraseMasterKey({
        passphrase: async () => passphraseFrom(environment, key.passphrase_env),
        ids,
      });
    case 'command':
      return createCommandMasterKey({ command: key.command, args: key.args, timeoutMs: key.timeout_ms, runCommand });
  }
}

function passphraseFrom(environment: OpenSecretsDeps['environment'], name: string): SecretValue {
  const value = environment[name];
  if (value !== undefined && value !== '') return new SecretValue(value);
  throw new OperatingError('unauthenticated', 'passphrase_missing', `the passphrase of the secret store is not set`, {
    where: name,
    remedy: `set ${name} in the environment of this command`,
  });
}

/** Without a shell; what the program writes to standard error is not ours to keep. */
function runCommand(
  command: string,
  args: readonly string[],
  limits: { readonly timeoutMs: number; readonly outputBytesMax: number },
): Promise<{ exitCode: number; stdout: Buffer }> {
  return new Promise((resolve, reject) => {
    const options = { encoding: 'buffer', timeout: limits.timeoutMs, maxBuffer: limits.outputBytesMax } as const;
    execFile(command, [...args], options, (error, stdout) => {
      if (error === null) resolve({ exitCode: 0, stdout });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, stdout });
      else reject(error);
    });
  });
}
