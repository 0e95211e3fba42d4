/** Personal access tokens as an operator handles them. The secret leaves this file once, in the answer to `issuePat`. */
import { OperatingError } from '#foundation/errors';
import type { Database } from '#foundation/postgres/database';
import { changeIdentity, type IdentityChangeDeps } from './identity-event.ts';
import { requireUser } from './manage-users.ts';
import { makeOpaqueCredential } from './opaque-credential.ts';
import { insertPat, listPats, revokePat } from './pats-store.ts';
import { parseName } from './user.ts';
import { findUserById } from './users-store.ts';

export type Pat = {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  /** `sp-live-<12 hex>`: names the token wherever it is shown. */
  readonly prefix: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
};

export async function issuePat(
  deps: IdentityChangeDeps,
  idOrEmail: string,
  wanted: { readonly name: string; readonly expiresInMs?: number | undefined },
): Promise<{ readonly pat: Pat; readonly secret: string }> {
  return changeIdentity(deps, async (transaction, record) => {
    const user = await requireActiveUser(transaction, idOrEmail);
    const nowMs = deps.clock.nowMs();
    const credential = makeOpaqueCredential('pat', deps.ids);
    const pat: Pat = {
      id: deps.ids.uuid(),
      userId: user.id,
      name: parseName(wanted.name),
      prefix: credential.prefix,
      createdAt: new Date(nowMs),
      expiresAt: wanted.expiresInMs === undefined ? null : new Date(nowMs + requireLifetime(wanted.expiresInMs)),
      lastUsedAt: null,
      revokedAt: null,
    };
    await insertPat(transaction, pat, credential.hash);
    const detail = { kind: 'pat', id: pat.id, prefix: pat.prefix, name: pat.name };
    await record({ name: 'credential_issued', tenantId: user.tenantId, subjectUserId: user.id, detail });
    return { pat, secret: credential.text };
  });
}

export async function listPatsOf(database: Database, idOrEmail: string): Promise<readonly Pat[]> {
  return listPats(database, (await requireUser(database, idOrEmail)).id);
}

/** By id or prefix; rejects with `not_found`. The whole token, pasted by mistake, finds it as well. */
export async function revokePatNamed(deps: IdentityChangeDeps, idOrPrefix: string): Promise<Pat> {
  return changeIdentity(deps, async (transaction, record) => {
    const at = new Date(deps.clock.nowMs());
    const pat = await revokePat(transaction, idOrPrefix.split('.', 1)[0] ?? '', at);
    if (pat === undefined) {
      throw new OperatingError('not_found', 'pat_unknown', 'there is no such personal access token', {
        where: idOrPrefix.split('.', 1)[0]?.slice(0, 64) ?? '',
        remedy: 'systemprompt admin users pat list USER',
      });
    }
    if (pat.revokedAt?.getTime() !== at.getTime()) return pat;
    const owner = await findUserById(transaction, pat.userId);
    const detail = { kind: 'pat', id: pat.id, prefix: pat.prefix, name: pat.name };
    const tenantId = owner?.tenantId ?? '';
    await record({ name: 'credential_revoked', tenantId, subjectUserId: pat.userId, detail });
    return pat;
  });
}

/** Rejects with `conflict` for a suspended user: a credential made now would be a surprise later. */
export async function requireActiveUser(database: Database, idOrEmail: string) {
  const user = await requireUser(database, idOrEmail, { forUpdate: true });
  if (user.status === 'active') return user;
  throw new OperatingError('conflict', 'user_suspended', 'this user is suspended', {
    where: user.email ?? user.id,
    remedy: 'resume the user first',
  });
}

export function requireLifetime(lifetimeMs: number): number {
  if (Number.isSafeInteger(lifetimeMs) && lifetimeMs >= 1_000 && lifetimeMs <= LIFETIME_MS_MAX) return lifetimeMs;
  throw new OperatingError('invalid_input', 'lifetime_invalid', 'a credential lives between a second and ten years', {
    where: 'duration',
    remedy: 'give a duration such as 24h or 90d',
  });
}

const LIFETIME_MS_MAX = 10 * 366 * 86_400_000;
