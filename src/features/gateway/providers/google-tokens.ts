import { importPKCS8, SignJWT } from 'jose';
import { z } from 'zod';
import { sha256Text } from '#foundation/crypto';
import { OperatingError } from '#foundation/errors';
import { collectResponse, type WholeResponse } from '#foundation/http/collect-response';
import type { UpstreamClient } from '#foundation/http/upstream-client';
import type { UpstreamRequest } from '#foundation/http/upstream-request';
import { type JsonValue, jsonOrUndefined, parseJsonBytes, stringMember } from '#foundation/json';
import type { Clock } from '#foundation/time';
import { METADATA_ORIGIN } from './metadata-origin.ts';
import { createRenewed, type Lent } from './renewed.ts';
import { visibleText } from './visible-text.ts';

/** Access tokens of Google, each asked for once for all who wait for it and kept until shortly before its end. */
export type GoogleTokens = {
  /**
   * For the key file of a service account, or for the account of this machine where there is none. Throws
   * `unavailable` for a key that is none or is refused, and as the client does when nobody answers.
   */
  tokenFor(keyFile: string | undefined): Promise<string>;
};

export type GoogleTokensDeps = {
  readonly client: UpstreamClient;
  readonly clock: Clock;
  /** Of the metadata server, which only machines of Google's have. */
  readonly metadataOrigin?: string;
};

const METADATA_PATH = '/computeMetadata/v1/instance/service-accounts/default/token';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const ASSERTION_SECONDS = 3_600;
const ANSWER_BYTES_MAX = 65_536;
const TIMEOUTS = { firstByteMs: 10_000, idleMs: 10_000, totalMs: 15_000 };

/** https://cloud.google.com/iam/docs/keys-create-delete, of which these members are needed. */
const keyFileSchema = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  private_key_id: z.string().min(1).optional(),
  token_uri: z.string().refine(isSafeAddress).default('https://oauth2.googleapis.com/token'),
});

type KeyFile = z.infer<typeof keyFileSchema>;

const tokenSchema = z.object({
  access_token: visibleText,
  expires_in: z.number().positive(),
});

export function createGoogleTokens({
  client,
  clock,
  metadataOrigin = METADATA_ORIGIN,
}: GoogleTokensDeps): GoogleTokens {
  const renewed = createRenewed<string>(clock);

  async function lend(keyFile: string | undefined): Promise<Lent<string>> {
    const request =
      keyFile === undefined ? metadataRequest(metadataOrigin) : await exchangeRequest(parseKeyFile(keyFile), clock);
    const answer = await collectResponse(client, request, { bodyBytesMax: ANSWER_BYTES_MAX });
    const { access_token: value, expires_in: seconds } = readToken(answer, request.origin);
    return { value, livesMs: seconds * 1_000 };
  }

  return {
    // Another version of the key is another key.
    tokenFor: (keyFile) => renewed.get(keyFile === undefined ? 'metadata' : sha256Text(keyFile), () => lend(keyFile)),
  };
}

/** An assertion is as good as a token while it lives, so it goes nowhere in the open. */
function isSafeAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  return (
    url.protocol === 'https:' || (url.protocol === 'http:' && /^(127\.0\.0\.1|\[::1\]|localhost)$/.test(url.hostname))
  );
}

function parseKeyFile(text: string): KeyFile {
  const parsed = keyFileSchema.safeParse(jsonOrUndefined(text));
  if (parsed.success) return parsed.data;
  const members = parsed.error.issues.map(({ path }) => String(path[0] ?? 'the whole'));
  throw unusable(`is not the key file of a service account (${[...new Set(members)].join(', ')})`);
}

function unusable(what: string): OperatingError {
  return new OperatingError('unavailable', 'google_key_unusable', `the credential of the route ${what}`, {
    remedy: 'the operator stores the JSON key file of a service account as the secret of the route',
  });
}

/** RFC 7523 section 2.1, signed as RS256. */
async function exchangeRequest(key: KeyFile, clock: Clock): Promise<UpstreamRequest> {
  const privateKey = await importPKCS8(key.private_key, 'RS256').catch(() => {
    throw unusable('has a private key that is no PKCS #8 of RSA');
  });
  const nowSeconds = Math.floor(clock.nowMs() / 1_000);
  const assertion = await new SignJWT({ scope: SCOPE })
    .setProtectedHeader({
      alg: 'RS256',
      typ: 'JWT',
      ...(key.private_key_id === undefined ? {} : { kid: key.private_key_id }),
    })
    .setIssuer(key.client_email)
    .setAudience(key.token_uri)
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + ASSERTION_SECONDS)
    .sign(privateKey);
  const { origin, pathname, search } = new URL(key.token_uri);
  const form = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
  return {
    method: 'POST',
    origin,
    path: `${pathname}${search}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: Buffer.from(form.toString()),
    timeouts: TIMEOUTS,
  };
}

/** https://cloud.google.com/compute/docs/access/authenticate-workloads#applications */
function metadataRequest(origin: string): UpstreamRequest {
  return {
    method: 'GET',
    origin,
    path: METADATA_PATH,
    headers: { 'metadata-flavor': 'Google', accept: 'application/json' },
    body: null,
    timeouts: TIMEOUTS,
  };
}

function readToken({ status, body }: WholeResponse, origin: string): z.infer<typeof tokenSchema> {
  let value: JsonValue = null;
  try {
    value = parseJsonBytes(body);
  } catch {
    // No token, as is said below.
  }
  const parsed = tokenSchema.safeParse(value);
  if (status === 200 && parsed.success) return parsed.data;
  const code = stringMember(value, 'error') ?? '';
  const reason = /^[a-z_]{1,64}$/.test(code) ? `${status} ${code}` : String(status);
  // What a server cannot do now another upstream may; a key that is refused stays refused.
  const kind = status >= 400 && status < 500 && status !== 429 ? 'unavailable' : 'upstream';
  throw new OperatingError(kind, 'google_token_refused', `${origin} gave no access token: ${reason}`, {
    remedy: 'the operator looks whether the service account is there, enabled, and has this key',
  });
}
