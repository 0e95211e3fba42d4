import { OperatingError } from '#foundation/errors';
import type { AuthenticationFailure } from '#governance/identity/authenticator';

/** What a refused caller learns: 403 when it is known and may not, 401 in every other case. */
export function authenticationError(failure: AuthenticationFailure): OperatingError {
  const known = failure.code === 'insufficient_scope' || failure.code === 'insufficient_role';
  return new OperatingError(known ? 'forbidden' : 'unauthenticated', failure.code, failure.message, {
    remedy: known
      ? 'ask an administrator for the role or scope'
      : 'send a valid credential as Authorization: Bearer; systemprompt admin users pat issue makes one',
  });
}
