import { assert } from '#foundation/errors';
import type { ClientId, SessionId, TenantId, UserId } from './correlation.ts';

const CHARACTERS_MAX = 200;

/** Ids that come from our own rows and tokens; what a client sends is parsed elsewhere. */
export function userIdOf(text: string): UserId {
  return bounded(text) as UserId;
}

export function tenantIdOf(text: string): TenantId {
  return bounded(text) as TenantId;
}

export function sessionIdOf(text: string): SessionId {
  return bounded(text) as SessionId;
}

export function clientIdOf(text: string): ClientId {
  return bounded(text) as ClientId;
}

function bounded(text: string): string {
  assert(text.length > 0 && text.length <= CHARACTERS_MAX, 'an id has 1 to 200 characters');
  return text;
}
