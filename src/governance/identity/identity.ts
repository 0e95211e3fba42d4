/**
 * The door of the module, as a running server holds it: who a credential is, whose a session is, and the keys that
 * sign. What must stay true is told by the feed; what was used is written down lazily.
 */
import { assert } from '#foundation/errors';
import type { IdSource } from '#foundation/ids';
import type { Part } from '#foundation/lifecycle';
import type { Logger } from '#foundation/logging';
import type { Database } from '#foundation/postgres/database';
import type { Clock } from '#foundation/time';
import { type Authenticator, createAuthenticator } from './authenticator.ts';
import type { IdentityConfig } from './config.ts';
import type { Correlation } from './correlation.ts';
import { createIdentityDesk, type IdentityDesk } from './identity-desk.ts';
import type { IdentityChangeDeps, IdentityEvent } from './identity-event.ts';
import { createIdentityFeed, type IdentityFeed } from './identity-feed.ts';
import { createIdentityPruning } from './identity-pruning.ts';
import { createPatUsage } from './pat-usage.ts';
import { createSessionBinding, type SessionBinder } from './session-binding.ts';
import { redeemSignInCode, type SignInResult } from './sign-in.ts';
import { exportJwks, loadSigningKeys, type SigningKey } from './signing-keys.ts';
import { createTokenSigning, type TokenSigning } from './token-signing.ts';
import { verifyCredential } from './verify-credential.ts';

export type Identity = Part & {
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly authenticator: Authenticator;
  readonly sessions: SessionBinder;
  readonly feed: IdentityFeed;
  /** What an operator or an administrator does, in the name of `actor`. */
  desk(actor: Correlation, clientId: string): IdentityDesk;
  /** Exchanges the code of a sign-in link for a browser's session. */
  redeemSignInCode(code: string, actor: Correlation): Promise<SignInResult>;
  signing(): TokenSigning;
  /** The public keys, for resource servers; empty for HS256. */
  jwks(): ReturnType<typeof exportJwks>;
  /** Removes what is of no use any more; returns how many rows went. For a daily job. */
  prune(): Promise<number>;
};

export type IdentityDeps = {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly config: IdentityConfig;
  /** `<home>/keys/access-token.json`, unless the configuration says otherwise. */
  readonly signingKeyPath: string;
  readonly onEvent?: (event: IdentityEvent) => void;
};

export function createIdentity(deps: IdentityDeps): Identity {
  const { database, clock, ids, logger, config } = deps;
  let keys: readonly SigningKey[] = [];
  let signing: TokenSigning | undefined;
  const feed = createIdentityFeed({ database, clock, logger });
  const usage = createPatUsage({ database, clock, logger });
  const sessions = createSessionBinding({ database, clock, logger, feed, namesMax: config.named_sessions_max });
  const pruning = createIdentityPruning({ database, clock, logger });
  const parts: readonly Part[] = [feed, usage, sessions, pruning];

  function requireSigning(): TokenSigning {
    assert(signing !== undefined, 'identity is used after it was started');
    return signing;
  }

  const leewayMs = config.leeway_seconds * 1_000;
  const authenticator = createAuthenticator({
    verify: (credential, nowMs) =>
      verifyCredential(credential, nowMs, {
        database,
        verifier: requireSigning().verifier,
        issuer: config.issuer,
        leewayMs,
      }),
    feed,
    clock,
    logger,
    cacheEntriesMax: config.cache_entries_max,
    stalenessMsMax: config.staleness_max_seconds * 1_000,
    onPatUse: usage.note,
  });

  const changeDeps = (actor: Correlation): IdentityChangeDeps => ({
    database,
    clock,
    ids,
    actor,
    onEvent: deps.onEvent,
  });

  return {
    name: 'identity',
    async start() {
      keys = await loadSigningKeys(config.algorithm, { path: deps.signingKeyPath, ids, nowMs: clock.nowMs() });
      signing = createTokenSigning(config.algorithm, keys);
      for (const part of parts) await part.start?.();
    },
    async stop() {
      for (const part of parts.toReversed()) await part.stop?.();
    },
    authenticator,
    sessions,
    feed,
    desk: (actor, clientId) =>
      createIdentityDesk({
        ...changeDeps(actor),
        signer: async () => requireSigning().signer,
        issuer: config.issuer,
        loginLifetimeMs: config.access_token_lifetime_seconds * 1_000,
        signInCodeLifetimeMs: config.sign_in_code_lifetime_seconds * 1_000,
        clientId,
      }),
    redeemSignInCode: (code, actor) =>
      redeemSignInCode(changeDeps(actor), code, config.web_session_lifetime_seconds * 1_000),
    signing: requireSigning,
    jwks: () => exportJwks(keys),
    prune: pruning.prune,
  };
}
