import type { TokenUsage } from '#features/gateway/usage';
import { type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import type { RequestAddress, RequestOutline } from '../dialect.ts';
import { requiredModel } from './outline.ts';
import { invalidRequest } from './request-place.ts';
import { readUsage } from './usage.ts';

/**
 * `POST /v1/embeddings`, which is never converted: https://platform.openai.com/docs/api-reference/embeddings
 * A text, several, or tokens in their place; all of it is what a user says.
 */
export function outlineEmbeddings(body: JsonObject, address: RequestAddress): RequestOutline {
  const { input } = body;
  if (typeof input !== 'string' && !Array.isArray(input)) {
    throw invalidRequest('input', 'a string or an array is required', 'send the text to embed');
  }
  return {
    model: requiredModel(body, address),
    isStreaming: false,
    turns: [{ role: 'user', path: ['input'], content: input }],
    maxOutputTokensPath: null,
    endUser: stringMember(body, 'user') ?? null,
  };
}

/** The usage of an answer with vectors: a prompt, and no output. */
export function readEmbeddingsUsage(usage: JsonValue | undefined): TokenUsage {
  const read = readUsage(usage);
  return { ...read, outputTokens: read.inputTokens === null ? null : 0 };
}
