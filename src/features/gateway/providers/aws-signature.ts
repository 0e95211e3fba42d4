import { hmacSha256, sha256 } from '#foundation/crypto';
import type { UpstreamRequest } from '#foundation/http/upstream-request';
import type { AwsCredential } from './aws-credential.ts';

export type AwsScope = { readonly region: string; readonly service: string };

/**
 * The headers that sign a request (AWS Signature Version 4): its method, address, body, and of its headers `host`,
 * `content-type` and those of AWS. Others may be changed on the way.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function awsSignature(
  request: Pick<UpstreamRequest, 'method' | 'origin' | 'path' | 'headers' | 'body'>,
  credential: AwsCredential,
  scope: AwsScope,
  nowMs: number,
): Record<string, string> {
  const time = `${new Date(nowMs).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  const added = {
    'x-amz-date': time,
    ...(credential.sessionToken === undefined ? {} : { 'x-amz-security-token': credential.sessionToken }),
  };
  const headers = signedHeaders({ ...request.headers, ...added, host: new URL(request.origin).host });
  const names = headers.map(([name]) => name).join(';');
  const [path = '', query = ''] = splitOnce(request.path, '?');
  const canonical = [
    request.method,
    // The address is encoded already; what is signed is encoded once more, as everywhere but in S3.
    path.split('/').map(encoded).join('/'),
    canonicalQuery(query),
    ...headers.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    hex(sha256(request.body ?? '')),
  ].join('\n');
  const day = time.slice(0, 8);
  const place = `${day}/${scope.region}/${scope.service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', time, place, hex(sha256(canonical))].join('\n');
  const signature = hex(hmacSha256(signingKey(credential.secretAccessKey, day, scope), toSign));
  return {
    ...added,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential.accessKeyId}/${place}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

function signedHeaders(headers: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(headers)
    .filter(([name]) => name === 'host' || name === 'content-type' || name.startsWith('x-amz-'))
    .map(([name, value]) => [name, value.trim().replace(/ +/g, ' ')] as const)
    .sort(([left], [right]) => order(left, right));
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  return query
    .split('&')
    .map((pair) => {
      const [name = '', value = ''] = splitOnce(pair, '=').map((part) => encoded(decodeURIComponent(part)));
      return [name, value] as const;
    })
    .sort(
      ([leftName, leftValue], [rightName, rightValue]) => order(leftName, rightName) || order(leftValue, rightValue),
    )
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function signingKey(secretAccessKey: string, day: string, { region, service }: AwsScope): Buffer {
  return [day, region, service, 'aws4_request'].reduce<Buffer>(
    (key, word) => hmacSha256(key, word),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
}

/** All but the unreserved characters of RFC 3986 section 2.3. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** By code points, whatever the language of the machine. */
function order(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function hex(bytes: Buffer): string {
  return bytes.toString('hex');
}
