import type { IncomingHttpHeaders } from 'node:http';
import { isJsonObject, jsonOrUndefined } from '#foundation/json';
import type { Platform, Wire } from '../config.ts';
import type { ModelError } from '../conversation/model-error.ts';
import { errorObject, readError } from '../dialects/gemini/errors.ts';
import { readAmazonError } from './amazon-error.ts';

/**
 * An error in the words of the cloud itself, which its wires share: no such project, no permission, nothing left.
 * Undefined for one of the wire's own, and for what is no error that can be read.
 */
export function foreignError(
  platform: Platform,
  wire: Wire,
  status: number,
  headers: IncomingHttpHeaders,
  text: string,
): ModelError | undefined {
  const body = jsonOrUndefined(text);
  if (platform === 'bedrock') return readAmazonError(status, headers, body);
  if (platform !== 'vertex' || wire === 'gemini') return undefined;
  const error = errorObject(body);
  // Google's errors have a number for their code and a word for their state; no other wire has both.
  if (!isJsonObject(error) || typeof error.code !== 'number' || typeof error.status !== 'string') return undefined;
  return readError(status, headers, text);
}
