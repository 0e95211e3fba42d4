import { isJsonObject, type JsonObject, type JsonValue, numberMember } from '#foundation/json';
import type { RequestAddress, RequestOutline } from '../dialect.ts';
import { outlineTurns, requiredModel } from './outline.ts';
import { invalidRequest, sentName } from './request-message.ts';

/** A `:countTokens` request: bare `contents`, or a whole request in `generateContentRequest`. */
export type CountTokensRequest = {
  /** The request whose tokens are counted, as `:generateContent` would take it. */
  readonly counted: JsonObject;
  readonly outline: RequestOutline;
};

/** Throws `invalid_input` naming the field. The paths of the outline are those of `body`. */
export function readCountTokens(body: JsonObject, address: RequestAddress): CountTokensRequest {
  const name = sentName(body, 'generateContentRequest');
  const whole = body[name];
  if (whole !== undefined && whole !== null && !isJsonObject(whole)) {
    throw invalidRequest(name, 'an object is required', 'send the request to count, or contents alone');
  }
  const counted = isJsonObject(whole) ? whole : body;
  const outline: RequestOutline = {
    model: requiredModel(counted, address),
    isStreaming: false,
    turns: outlineTurns(counted, counted === body ? [] : [name]),
    maxOutputTokensPath: null,
    endUser: null,
  };
  return { counted, outline };
}

/** The answer to `:countTokens`. */
export function writeCountTokens(totalTokens: number): JsonObject {
  return { totalTokens };
}

/** What an upstream counted; null for an answer that tells no count. */
export function readCountedTokens(body: JsonValue): number | null {
  const total = numberMember(body, 'totalTokens');
  return total !== undefined && Number.isSafeInteger(total) && total >= 0 ? total : null;
}
