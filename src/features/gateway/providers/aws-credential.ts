import { z } from 'zod';
import { OperatingError } from '#foundation/errors';
import { jsonOrUndefined } from '#foundation/json';
import { visibleText } from './visible-text.ts';

export type AwsCredential = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of keys that end by themselves. */
  readonly sessionToken: string | undefined;
};

/** As `aws configure export-credentials` prints it. */
const credentialSchema = z.object({
  AccessKeyId: visibleText,
  SecretAccessKey: visibleText,
  SessionToken: visibleText.optional(),
  Expiration: z.iso.datetime({ offset: true }).optional(),
});

/** Throws `unavailable` for a text that holds no access keys, or keys that have ended; it quotes nothing of them. */
export function parseAwsCredential(text: string, nowMs: number): AwsCredential {
  const parsed = credentialSchema.safeParse(jsonOrUndefined(text));
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
