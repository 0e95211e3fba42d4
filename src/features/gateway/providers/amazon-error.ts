import type { IncomingHttpHeaders } from 'node:http';
import { isJsonObject, type JsonValue, stringMember } from '#foundation/json';
import { kindOfStatus, type ModelError, type ModelErrorKind } from '../conversation/model-error.ts';
import { retryAfterMsOf } from '../conversation/retry-after.ts';

const MESSAGE_CHARACTERS_MAX = 2_000;

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html#API_runtime_InvokeModel_Errors */
const KINDS: ReadonlyMap<string, ModelErrorKind> = new Map([
  ['validationexception', 'invalid_request'],
  ['accessdeniedexception', 'permission'],
  ['expiredtokenexception', 'authentication'],
  ['unrecognizedclientexception', 'authentication'],
  ['invalidsignatureexception', 'authentication'],
  ['incompletesignatureexception', 'authentication'],
  ['missingauthenticationtokenexception', 'authentication'],
  ['resourcenotfoundexception', 'not_found'],
  ['throttlingexception', 'rate_limit'],
  ['servicequotaexceededexception', 'rate_limit'],
  ['modeltimeoutexception', 'timeout'],
  ['modelnotreadyexception', 'overloaded'],
  ['serviceunavailableexception', 'overloaded'],
  ['modelerrorexception', 'server'],
  ['modelstreamerrorexception', 'server'],
  ['internalserverexception', 'server'],
]);

/** The kind that a type of Amazon's means, however it is capitalised. */
export function amazonErrorKind(type: string): ModelErrorKind {
  return KINDS.get(type.toLowerCase()) ?? 'server';
}

/**
 * An error of Bedrock itself: `{"message"}` or `{"Message"}`, its type in a header as `ValidationException:http://...` or
 * in the body as `namespace#ValidationException`. Undefined for what is none.
 */
export function readAmazonError(
  status: number,
  headers: IncomingHttpHeaders,
  body: JsonValue | undefined,
): ModelError | undefined {
  if (isJsonObject(body) && body.error !== undefined) return undefined;
  const header = headers['x-amzn-errortype'];
  const named = typeof header === 'string' && header !== '' ? header : (stringMember(body, '__type') ?? '');
  const type = named.replace(/:.*$/s, '').replace(/^.*#/s, '').slice(0, 64);
  const message = stringMember(body, 'message') ?? stringMember(body, 'Message');
  if (type === '' && message === undefined) return undefined;
  return {
    kind: KINDS.get(type.toLowerCase()) ?? kindOfStatus(status),
    status,
    message: (message ?? `the upstream answered ${status}: ${type}`).slice(0, MESSAGE_CHARACTERS_MAX),
    code: type === '' ? null : type,
    param: null,
    retryAfterMs: retryAfterMsOf(headers),
  };
}
