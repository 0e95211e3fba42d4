import type { IdentityChange } from './identity-feed.ts';
import type { VerifiedCredential } from './verified-credential.ts';

/** One remembered credential. */
export type CachedCredential = {
  readonly verified: VerifiedCredential;
  /** The last moment, monotonic, at which it was known to be true. */
  confirmedAtMs: number;
  /** Something may have changed since: ask again before the next use. */
  isStale: boolean;
};

/**
 * Verified credentials, the least recently used forgotten first. The key is the SHA-256 of the whole credential, so
 * two credentials that share a beginning, an end or a claim are never taken for one another.
 */
export class CredentialCache {
  readonly #entries = new Map<string, CachedCredential>();
  readonly #entriesMax: number;
  #generation = 0;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  /** Grows with every change; what was read under an older generation may be outdated. */
  get generation(): number {
    return this.#generation;
  }

  get size(): number {
    return this.#entries.size;
  }

  find(key: string): CachedCredential | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    // A map keeps the order of insertion; set again, the entry is the youngest.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  remember(key: string, verified: VerifiedCredential, confirmedAtMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { verified, confirmedAtMs, isStale: false });
    if (this.#entries.size <= this.#entriesMax) return;
    const oldest = this.#entries.keys().next();
    if (oldest.done !== true) this.#entries.delete(oldest.value);
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  /** Forgets what the change touches. A change of everything keeps the entries, stale, for an outage to fall back on. */
  apply(change: IdentityChange, liveUntilMs: number): void {
    this.#generation++;
    for (const [key, entry] of this.#entries) {
      if (change.kind === 'all') {
        if (!entry.isStale) entry.confirmedAtMs = Math.max(entry.confirmedAtMs, liveUntilMs);
        entry.isStale = true;
      } else if (isTouched(entry.verified, change)) {
        this.#entries.delete(key);
      }
    }
  }
}

function isTouched(verified: VerifiedCredential, change: Exclude<IdentityChange, { kind: 'all' }>): boolean {
  switch (change.kind) {
    case 'user':
      return verified.userId === change.id;
    case 'session':
      return verified.sessionId === change.id;
    default:
      return verified.credentialId === change.id;
  }
}
