/**
 * Credentials that mean nothing by themselves: `<tag><12 hex>.<52 hex>`. The part before the dot finds the row and may
 * be shown; the whole is known to us as a SHA-256 only. 26 random bytes need no slow hash.
 */
import { equalInConstantTime, sha256 } from '#foundation/crypto';
import type { IdSource } from '#foundation/ids';

const TAGS = { pat: 'sp-live-', session_cookie: 'sp-web-' } as const;

export type OpaqueKind = keyof typeof TAGS;

export type OpaqueCredential = { readonly kind: OpaqueKind; readonly prefix: string; readonly hash: Buffer };

const PATTERN = /^(sp-live-|sp-web-)([0-9a-f]{12})\.[0-9a-f]{52}$/;
const PREFIX_BYTES = 6;
const SECRET_BYTES = 26;

/** A new credential; `text` is shown once and then forgotten. */
export function makeOpaqueCredential(kind: OpaqueKind, ids: IdSource): OpaqueCredential & { readonly text: string } {
  const prefix = `${TAGS[kind]}${ids.bytes(PREFIX_BYTES).toString('hex')}`;
  const text = `${prefix}.${ids.bytes(SECRET_BYTES).toString('hex')}`;
  return { kind, prefix, hash: sha256(text), text };
}

/** Undefined when the text has another form. */
export function parseOpaqueCredential(text: string): OpaqueCredential | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const kind = match[1] === TAGS.pat ? 'pat' : 'session_cookie';
  return { kind, prefix: `${match[1]}${match[2]}`, hash: sha256(text) };
}

/** Whether it was meant as one of ours, well formed or not. */
export function looksOpaque(text: string): boolean {
  return text.startsWith(TAGS.pat) || text.startsWith(TAGS.session_cookie);
}

const NO_HASH = Buffer.alloc(32);

/** Takes the same time whether there is a row or not, and wherever the hashes differ. */
export function matchesStoredHash(credential: OpaqueCredential, stored: Uint8Array | undefined): boolean {
  return equalInConstantTime(credential.hash, stored ?? NO_HASH) && stored !== undefined;
}
