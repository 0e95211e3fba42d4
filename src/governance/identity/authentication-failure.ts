/** Why a caller was not admitted. The code is for records; the message is all that the caller learns. */
export type AuthenticationFailure = {
  readonly code:
    | 'missing_credential'
    | 'malformed'
    | 'unknown'
    | 'ambiguous'
    | 'expired'
    | 'not_yet_valid'
    | 'revoked'
    | 'session_ended'
    | 'wrong_audience'
    | 'insufficient_scope'
    | 'insufficient_role'
    | 'user_suspended'
    | 'user_deleted'
    | 'identity_unavailable'
    | 'identity_overloaded';
  readonly message: string;
  readonly remedy?: string;
};

export type AuthenticationFailureCode = AuthenticationFailure['code'];

const SIGN_IN_AGAIN = 'systemprompt admin session login --email YOU --token-only';

// Malformed and unknown have one text: whoever guesses must not learn which half of a guess was right. The others are
// only reached by a caller who holds, or held, the real credential.
const NOT_ACCEPTED = {
  message: 'this credential is not accepted here',
  remedy: 'send a personal access token or an access token of this server as `Authorization: Bearer`',
};

const FAILURES: Readonly<Record<AuthenticationFailureCode, { readonly message: string; readonly remedy: string }>> = {
  missing_credential: {
    message: 'a credential is required',
    remedy: 'send a personal access token or an access token as `Authorization: Bearer`',
  },
  malformed: NOT_ACCEPTED,
  unknown: NOT_ACCEPTED,
  ambiguous: { message: 'the request carries two different credentials', remedy: 'send exactly one' },
  expired: { message: 'this credential has expired', remedy: SIGN_IN_AGAIN },
  not_yet_valid: { message: 'this credential is not valid yet', remedy: 'check the clocks of both machines' },
  revoked: { message: 'this credential was revoked', remedy: 'ask an administrator for a new one' },
  session_ended: { message: 'the session of this credential has ended', remedy: SIGN_IN_AGAIN },
  wrong_audience: {
    message: 'this access token was issued for another audience',
    remedy: 'ask for a token with `--audience` of this surface, or use a personal access token',
  },
  insufficient_scope: {
    message: 'this credential does not carry the scope that this call needs',
    remedy: 'ask for a token with that scope',
  },
  insufficient_role: {
    message: 'your role may not do this',
    remedy: 'ask an administrator for the role',
  },
  user_suspended: { message: 'this account is suspended', remedy: 'ask an administrator' },
  user_deleted: NOT_ACCEPTED,
  identity_unavailable: {
    message: 'this credential cannot be verified now, because the database is away',
    remedy: 'try again in a moment; systemprompt doctor',
  },
  identity_overloaded: {
    message: 'this credential cannot be verified now, because too many new ones came at once',
    remedy: 'try again in a moment',
  },
};

export function authenticationFailure(code: AuthenticationFailureCode): AuthenticationFailure {
  return { code, ...FAILURES[code] };
}
