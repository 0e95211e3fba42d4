import { z } from 'zod';
import { OperatingError } from '#foundation/errors';
import { collectResponse } from '#foundation/http/collect-response';
import type { UpstreamClient } from '#foundation/http/upstream-client';
import { jsonOrUndefined } from '#foundation/json';
import type { Clock } from '#foundation/time';
import type { AwsCredential } from './aws-credential.ts';
import { METADATA_ORIGIN } from './metadata-origin.ts';
import { createRenewed, type Lent } from './renewed.ts';
import { visibleText } from './visible-text.ts';

/** The access keys of the role that the machine has, by the second version of its metadata service. */
export type AwsMachineKeys = {
  /** Throws `unavailable` on a machine without a role, and as the client does where there is no such service. */
  current(): Promise<AwsCredential>;
};

export type AwsMachineKeysDeps = {
  readonly client: UpstreamClient;
  readonly clock: Clock;
  /** Of the metadata service, which only machines of AWS have. */
  readonly metadataOrigin?: string;
};

const ROLES_PATH = '/latest/meta-data/iam/security-credentials/';
const SESSION_SECONDS = '60';
const ANSWER_BYTES_MAX = 65_536;
const TIMEOUTS = { firstByteMs: 5_000, idleMs: 5_000, totalMs: 10_000 };

const keysSchema = z.object({
  AccessKeyId: visibleText,
  SecretAccessKey: visibleText,
  Token: visibleText,
  Expiration: z.iso.datetime({ offset: true }),
});

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html */
export function createAwsMachineKeys({
  client,
  clock,
  metadataOrigin: origin = METADATA_ORIGIN,
}: AwsMachineKeysDeps): AwsMachineKeys {
  const renewed = createRenewed<AwsCredential>(clock);

  async function ask(method: 'GET' | 'PUT', path: string, headers: Record<string, string>): Promise<string> {
    const request = { method, origin, path, headers, body: null, timeouts: TIMEOUTS };
    const { status, body } = await collectResponse(client, request, { bodyBytesMax: ANSWER_BYTES_MAX });
    if (status === 200) return body.toString('utf8').trim();
    throw noKeys(`${origin} answered ${status}`, status >= 500 || status === 429 ? 'upstream' : 'unavailable');
  }

  async function lend(): Promise<Lent<AwsCredential>> {
    const session = await ask('PUT', '/latest/api/token', { 'x-aws-ec2-metadata-token-ttl-seconds': SESSION_SECONDS });
    if (!visibleText.safeParse(session).success) throw noKeys(`${origin} opened no session`, 'upstream');
    const headers = { 'x-aws-ec2-metadata-token': session };
    const [role = ''] = (await ask('GET', ROLES_PATH, headers)).split(/\s+/);
    if (role === '') throw noKeys('the machine has no role', 'unavailable');
    const keys = readKeys(await ask('GET', `${ROLES_PATH}${encodeURIComponent(role)}`, headers));
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken } = keys;
    const livesMs = Math.max(0, Date.parse(keys.Expiration) - clock.nowMs());
    return { value: { accessKeyId, secretAccessKey, sessionToken }, livesMs };
  }

  return { current: () => renewed.get('machine', lend) };
}

function readKeys(text: string): z.infer<typeof keysSchema> {
  const parsed = keysSchema.safeParse(jsonOrUndefined(text));
  if (parsed.success) return parsed.data;
  throw noKeys('the metadata service gave something else', 'upstream');
}

function noKeys(why: string, kind: 'unavailable' | 'upstream'): OperatingError {
  return new OperatingError(kind, 'aws_machine_keys', `there are no access keys of this machine: ${why}`, {
    remedy: 'the operator sets api_key_secret on the route, or gives the machine a role',
  });
}
