import { z } from 'zod';
import { OperatingError } from '#foundation/errors';
import { type JsonValue, parseJsonText } from '#foundation/json';

export type AwsCredential = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of keys that end by themselves. */
  readonly sessionToken: string | undefined;
};

const visible = z.string().regex(/^[\x21-\x7e]+$/);

/** As `aws configure export-credentials` prints it. */
const credentialSchema = z.object({
  AccessKeyId: visible,
  SecretAccessKey: visible,
  SessionToken: visible.optional(),
  Expiration: z.iso.datetime({ offset: true }).optional(),
});

/** Throws `unavailable` for a text that holds no access keys, or keys that have ended; it quotes nothing of them. */
export function parseAwsCredential(text: string, nowMs: number): AwsCredential {
  let value: JsonValue = null;
  try {
    value = parseJsonText(text);
  } catch {
    // Refused below, in words that quote nothing of it.
  }
  const parsed = credentialSchema.safeParse(value);
  if (!parsed.success) {
    const members = parsed.error.issues.map(({ path }) => String(path[0] ?? 'the whole'));
    throw unusable(`holds no access keys of AWS (${[...new Set(members)].join(', ')})`);
  }
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = parsed.data;
  if (Expiration !== undefined && Date.parse(Expiration) <= nowMs) throw unusable(`ended at ${Expiration}`);
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

function unusable(what: string): OperatingError {
  return new OperatingError('unavailable', 'aws_key_unusable', `the credential of the route ${what}`, {
    remedy: 'the operator stores what `aws configure export-credentials` prints as the secret of the route',
  });
}
