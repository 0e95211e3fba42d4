import { OperatingError } from '#foundation/errors';
import type { Wire } from './config.ts';
import type { Operation } from './model-request.ts';

export type UpstreamAddress = { readonly origin: string; readonly path: string };

type PathOf = (model: string, isStreaming: boolean) => string;

/** Where each wire has its operations, below a base that ends in a version. Absent where a wire has no such thing. */
const PATHS: Readonly<Record<Wire, Partial<Record<Operation, PathOf>>>> = {
  anthropic: { generate: () => 'messages', count_tokens: () => 'messages/count_tokens' },
  'openai-chat': { generate: () => 'chat/completions', embed: () => 'embeddings' },
  'openai-responses': { generate: () => 'responses', embed: () => 'embeddings' },
  gemini: {
    generate: (model, isStreaming) =>
      `${modelPath(model)}:${isStreaming ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    count_tokens: (model) => `${modelPath(model)}:countTokens`,
  },
};

/** The version that a base is given when it names none. */
const VERSION_OF: Readonly<Record<Wire, string>> = {
  anthropic: 'v1',
  'openai-chat': 'v1',
  'openai-responses': 'v1',
  gemini: 'v1beta',
};

/**
 * The address of an operation below an endpoint base: `https://host/v1` gets `/messages`, `https://host/anthropic`,
 * which names no version, gets `/v1/messages`. Undefined for what the wire does not have.
 */
export function upstreamAddress(
  endpoint: string,
  wire: Wire,
  operation: Operation,
  model: string,
  isStreaming: boolean,
): UpstreamAddress | undefined {
  const path = operationPath(wire, operation, model, isStreaming);
  if (path === undefined) return undefined;
  const url = new URL(endpoint);
  const base = url.pathname.replace(/\/+$/, '');
  const versioned = /\/(v\d+[a-z0-9]*|openai)$/.test(base) ? base : `${base}/${VERSION_OF[wire]}`;
  return { origin: url.origin, path: `${versioned}/${path}` };
}

/** Below a base with its version: `chat/completions`. Undefined for what the wire does not have. */
export function operationPath(
  wire: Wire,
  operation: Operation,
  model: string,
  isStreaming: boolean,
): string | undefined {
  return PATHS[wire][operation]?.(model, isStreaming);
}

/**
 * `gemini-x` stands below `models/`; `tunedModels/x` and `publishers/google/models/x` name their place themselves.
 * Throws `invalid_input` for a name that would lead elsewhere.
 */
function modelPath(model: string): string {
  const segments = model.includes('/') ? model.split('/') : ['models', model];
  return segments.map((segment) => modelSegment(segment, model)).join('/');
}

/** One segment of a path, slashes and all. Throws `invalid_input` for one that would lead elsewhere. */
export function modelSegment(segment: string, model = segment): string {
  // AWS signs these as they would be encoded by RFC 3986, which is stricter than the function of the language.
  const encoded = encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  if (!/^\.*$/.test(segment)) return encoded;
  throw new OperatingError(
    'invalid_input',
    'model_name',
    `model: ${JSON.stringify(model)} is not the name of a model`,
    {
      remedy: 'choose one of GET /v1beta/models',
    },
  );
}
