/** One-click sign-in: a code that works once, soon, and is stored as a hash. */
import { sha256 } from '#foundation/crypto';
import { type AuthenticationFailure, authenticationFailure } from './authentication-failure.ts';
import { changeIdentity, type IdentityChangeDeps } from './identity-event.ts';
import { requireActiveUser, requireLifetime } from './manage-pats.ts';
import { beginWebSession } from './manage-sessions.ts';
import type { Session } from './session.ts';
import { findSignInCodeOwner, insertSignInCode, useSignInCode } from './sign-in-codes-store.ts';
import { findUserById } from './users-store.ts';

const CODE_BYTES = 32;

export async function createSignInCode(
  deps: IdentityChangeDeps,
  idOrEmail: string,
  lifetimeMs: number,
): Promise<{ readonly code: string; readonly expiresAtMs: number }> {
  return changeIdentity(deps, async (transaction, record) => {
    const user = await requireActiveUser(transaction, idOrEmail);
    const nowMs = deps.clock.nowMs();
    const code = deps.ids.bytes(CODE_BYTES).toString('base64url');
    const expiresAtMs = nowMs + requireLifetime(lifetimeMs);
    await insertSignInCode(transaction, {
      hash: sha256(code),
      userId: user.id,
      createdAt: new Date(nowMs),
      expiresAt: new Date(expiresAtMs),
    });
    const detail = { kind: 'sign_in_code', expires_at_ms: expiresAtMs };
    await record({ name: 'credential_issued', tenantId: user.tenantId, subjectUserId: user.id, detail });
    return { code, expiresAtMs };
  });
}

export type SignInResult =
  | { readonly ok: true; readonly session: Session; readonly cookie: string }
  | { readonly ok: false; readonly failure: AuthenticationFailure };

/**
 * Exchanges the code for a browser's session. Of many who try at once one succeeds; a code that was used, has expired
 * or never was gets the same answer. A second try of a real code is recorded, because somebody else has it.
 */
export function redeemSignInCode(deps: IdentityChangeDeps, code: string, lifetimeMs: number): Promise<SignInResult> {
  return changeIdentity(deps, async (transaction, record): Promise<SignInResult> => {
    const refused: SignInResult = { ok: false, failure: authenticationFailure('unknown') };
    if (!/^[\w-]{43}$/.test(code)) return refused;
    const hash = sha256(code);
    const userId = await useSignInCode(transaction, hash, new Date(deps.clock.nowMs()));
    const user = userId === undefined ? undefined : await findUserById(transaction, userId);
    if (user?.status === 'active') {
      return { ok: true, ...(await beginWebSession(transaction, record, deps, user, lifetimeMs)) };
    }
    const owner = await findSignInCodeOwner(transaction, hash);
    if (owner !== undefined) {
      const detail = { kind: 'sign_in_code', reason: user === undefined ? 'used or expired' : user.status };
      await record({ name: 'sign_in_failed', tenantId: owner.tenantId, subjectUserId: owner.userId, detail });
    }
    return refused;
  });
}
