import { z } from 'zod';

/** The `identity` slice of the profile. */
export const identityConfigSchema = z.strictObject({
  issuer: z.string().min(1).max(200).default('systemprompt').describe('The `iss` of access tokens, compared exactly.'),
  algorithm: z
    .enum(['HS256', 'EdDSA', 'ES256'])
    .default('HS256')
    .describe('How access tokens are signed; a token that names another algorithm is refused.'),
  signing_key_file: z
    .string()
    .min(1)
    .optional()
    .describe('The signing keys (mode 0600); by default keys/access-token.json under the home. Replicas share it.'),
  access_token_lifetime_seconds: z
    .int()
    .min(60)
    .max(31_622_400)
    .default(86_400)
    .describe('How long an access token of a login is good.'),
  web_session_lifetime_seconds: z
    .int()
    .min(300)
    .max(2_592_000)
    .default(604_800)
    .describe('How long a browser stays signed in.'),
  sign_in_code_lifetime_seconds: z
    .int()
    .min(30)
    .max(86_400)
    .default(900)
    .describe('How long a one-click sign-in link works.'),
  leeway_seconds: z
    .int()
    .min(0)
    .max(300)
    .default(30)
    .describe('How far two clocks may differ when `exp`, `nbf` and `iat` are judged.'),
  cache_entries_max: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe('How many verified credentials are remembered, so that the hot path does not ask the database.'),
  staleness_max_seconds: z
    .int()
    .min(0)
    .max(86_400)
    .default(300)
    .describe(
      'How long a remembered credential is still accepted while the database cannot tell of revocations. The decision path must survive an outage of the database; this bounds what a revocation during one can miss.',
    ),
  named_sessions_max: z
    .int()
    .min(100)
    .max(1_000_000)
    .default(50_000)
    .describe('How many session names given by clients are remembered with their owner.'),
});

export type IdentityConfig = z.infer<typeof identityConfigSchema>;
