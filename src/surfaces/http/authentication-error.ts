import { OperatingError } from '#foundation/errors';
import type { AuthenticationFailure } from '#governance/identity/authentication-failure';

/** Nobody can tell now whether the credential is good. */
export function isUnknowable({ code }: AuthenticationFailure): boolean {
  return code === 'identity_unavailable' || code === 'identity_overloaded';
}

/** What a refused caller learns: 403 when it is known and may not, 503 when nobody can tell now, 401 otherwise. */
export function authenticationError(failure: AuthenticationFailure): OperatingError {
  const known = failure.code === 'insufficient_scope' || failure.code === 'insufficient_role';
  // A 401 would make clients throw a good credential away while the database is down.
  const kind = isUnknowable(failure) ? 'unavailable' : known ? 'forbidden' : 'unauthenticated';
  return new OperatingError(kind, failure.code, failure.message, {
    remedy:
      failure.remedy ??
      (known
        ? 'ask an administrator for the role or scope'
        : 'send a valid credential as Authorization: Bearer; systemprompt admin users pat issue makes one'),
  });
}
