import type { SessionId, UserId } from './correlation.ts';

/**
 * login: an access token was issued · web: a browser signed in · plugin: a credential for hooks was issued ·
 * named: a client gave the name, and it is this user's since.
 */
export type SessionKind = 'login' | 'web' | 'plugin' | 'named';

export type Session = {
  readonly id: SessionId;
  readonly userId: UserId;
  readonly email: string | null;
  readonly clientId: string;
  readonly kind: SessionKind;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date | null;
  readonly endedAt: Date | null;
};
