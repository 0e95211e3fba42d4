import { join } from 'node:path';
import type { IdSource } from '#foundation/ids';
import type { Database } from '#foundation/postgres/database';
import type { Clock } from '#foundation/time';
import { createIdentityDesk, type IdentityDesk } from '#governance/identity/identity-desk';
import { localActor } from '#governance/identity/local-actor';
import { loadSigningKeys } from '#governance/identity/signing-keys';
import { createTokenSigning } from '#governance/identity/token-signing';
import type { Profile } from './configuration/configuration.ts';
import type { Home } from './home.ts';

export type CliIdentityDeps = {
  readonly database: Database;
  readonly config: Profile['identity'];
  readonly home: Home;
  readonly clock: Clock;
  readonly ids: IdSource;
};

/** Users and their credentials, in the name of this machine's operator. */
export function openCliIdentity({ database, config, home, clock, ids }: CliIdentityDeps): IdentityDesk {
  const path = config.signing_key_file ?? join(home.keys, 'access-token.json');
  return createIdentityDesk({
    database,
    clock,
    ids,
    actor: localActor('local-operator', ids),
    onEvent: undefined,
    async signer() {
      const keys = await loadSigningKeys(config.algorithm, { path, ids, nowMs: clock.nowMs() });
      return createTokenSigning(config.algorithm, keys).signer;
    },
    issuer: config.issuer,
    loginLifetimeMs: config.access_token_lifetime_seconds * 1_000,
    signInCodeLifetimeMs: config.sign_in_code_lifetime_seconds * 1_000,
    clientId: 'cli',
  });
}
