/**
 * Credential -> principal, or why not.
 *
 * A remembered credential is judged without leaving the event loop's turn: expiry, audience and scope each time, and
 * revocation and status because whatever changes them is forgotten the moment the identity feed tells. While the feed
 * is silent a remembered credential is good for a bounded time, because the decision path must survive an outage of
 * the database; one that is not remembered is refused then.
 */
import { sha256Text } from '#foundation/crypto';
import { messageOf } from '#foundation/errors';
import type { Logger } from '#foundation/logging';
import type { Clock } from '#foundation/time';
import { TOKEN_CHARACTERS_MAX } from './access-token.ts';
import {
  type AuthenticationFailure,
  type AuthenticationFailureCode,
  authenticationFailure,
} from './authentication-failure.ts';
import { type CachedCredential, CredentialCache } from './credential-cache.ts';
import type { IdentityFeed } from './identity-feed.ts';
import type { Principal } from './principal.ts';
import type { VerifiedCredential } from './verified-credential.ts';
import type { Verification } from './verify-credential.ts';

export type AuthenticationRequest = {
  /** As the client sent it, without `Bearer`. */
  readonly credential: string | undefined;
  /** The surface or MCP server that is asked; an access token must name it exactly. */
  readonly audience: string;
  readonly scope?: string;
};

export type AuthenticationResult =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly failure: AuthenticationFailure };

export type Authenticator = {
  /** Answers at once for a remembered credential, and never rejects. */
  authenticate(request: AuthenticationRequest): AuthenticationResult | Promise<AuthenticationResult>;
};

export type AuthenticatorDeps = {
  readonly verify: (credential: string, nowMs: number) => Promise<Verification>;
  readonly feed: Pick<IdentityFeed, 'isLive' | 'lastLiveMs' | 'onChange'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly cacheEntriesMax: number;
  readonly stalenessMsMax: number;
  /** Told of each successful use of a personal access token. */
  readonly onPatUse?: (prefix: string) => void;
};

/** Credentials that are verified at once; a flood of unknown ones must not take the database from the others. */
const VERIFICATIONS_MAX = 64;
/** Credentials that wait for their turn: a whole floor of people who come to work at the same minute. */
const WAITING_MAX = 4_096;

/** A change that arrives during a verification makes it start again; a storm of changes ends in an uncached answer. */
const ATTEMPTS_MAX = 3;

export function createAuthenticator(deps: AuthenticatorDeps): Authenticator {
  const { feed, clock, logger } = deps;
  const cache = new CredentialCache(deps.cacheEntriesMax);
  const waiting: (() => void)[] = [];
  let atWork = 0;
  const verifying = new Map<string, Promise<VerifiedCredential | AuthenticationFailureCode>>();
  feed.onChange((change) => cache.apply(change, feed.lastLiveMs()));

  function authenticate(request: AuthenticationRequest): AuthenticationResult | Promise<AuthenticationResult> {
    const { credential } = request;
    if (credential === undefined || credential === '') return refuse('missing_credential');
    if (credential.length > TOKEN_CHARACTERS_MAX) return refuse('malformed');
    const key = sha256Text(credential);
    const entry = cache.find(key);
    if (entry !== undefined && isUsable(entry)) return judge(entry.verified, request);
    return verifyOnce(key, credential).then((verified) =>
      typeof verified === 'string' ? refuse(verified) : judge(verified, request),
    );
  }

  function isUsable(entry: CachedCredential): boolean {
    if (feed.isLive()) return !entry.isStale;
    return isWithinStaleness(entry);
  }

  function isWithinStaleness(entry: CachedCredential): boolean {
    const confirmedAtMs = entry.isStale ? entry.confirmedAtMs : Math.max(entry.confirmedAtMs, feed.lastLiveMs());
    return clock.monotonicMs() - confirmedAtMs <= deps.stalenessMsMax;
  }

  function judge(verified: VerifiedCredential, request: AuthenticationRequest): AuthenticationResult {
    if (clock.nowMs() >= verified.usableUntilMs) return refuse('expired');
    if (!verified.outcome.ok) return verified.outcome;
    const { principal } = verified.outcome;
    if (principal.audiences !== 'all' && !principal.audiences.has(request.audience)) return refuse('wrong_audience');
    if (request.scope !== undefined && principal.scopes !== 'all' && !principal.scopes.has(request.scope)) {
      return refuse('insufficient_scope');
    }
    if (principal.credential.kind === 'pat') deps.onPatUse?.(principal.credential.id);
    return verified.outcome;
  }

  /** Many requests with one new credential ask the database once. */
  function verifyOnce(key: string, credential: string): Promise<VerifiedCredential | AuthenticationFailureCode> {
    const running = verifying.get(key);
    if (running !== undefined) return running;
    if (waiting.length >= WAITING_MAX) return Promise.resolve('identity_overloaded');
    const started = inTurn(() => verify(key, credential)).finally(() => verifying.delete(key));
    verifying.set(key, started);
    return started;
  }

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    // Whoever ends hands the turn on, so that the number at work stays as it is.
    if (atWork < VERIFICATIONS_MAX) atWork++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) atWork--;
      else next();
    }
  }

  async function verify(key: string, credential: string): Promise<VerifiedCredential | AuthenticationFailureCode> {
    for (let attempt = 1; ; attempt++) {
      const { generation } = cache;
      const startedMs = clock.monotonicMs();
      let verification: Verification;
      try {
        verification = await deps.verify(credential, clock.nowMs());
      } catch (error) {
        return fallBack(key, error);
      }
      const isCurrent = cache.generation === generation;
      if (!isCurrent && attempt < ATTEMPTS_MAX) continue;
      if (!verification.isGenuine) {
        cache.forget(key);
        return verification.code;
      }
      if (isCurrent) cache.remember(key, verification.verified, startedMs);
      return verification.verified;
    }
  }

  /** The database cannot say; what it said a bounded time ago still counts. */
  function fallBack(key: string, error: unknown): VerifiedCredential | AuthenticationFailureCode {
    const entry = cache.find(key);
    if (entry !== undefined && isWithinStaleness(entry)) return entry.verified;
    logger.warn({ problem: messageOf(error) }, 'a credential could not be verified');
    return 'identity_unavailable';
  }

  return { authenticate };
}

function refuse(code: AuthenticationFailureCode): AuthenticationResult {
  return { ok: false, failure: authenticationFailure(code) };
}
