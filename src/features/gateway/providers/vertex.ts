import { modelSegment, type UpstreamAddress } from '../upstream-address.ts';
import type { ClaudeEnvelope } from './claude-envelope.ts';
import type { Asked } from './platform.ts';

/**
 * Below `.../v1/projects/{project}/locations/{location}`: publishers have their own wires there, and Google's gateway to
 * the others speaks OpenAI's. https://docs.cloud.google.com/vertex-ai/generative-ai/docs
 */
export function vertexAddress(asked: Asked): UpstreamAddress | undefined {
  const path = PATHS[asked.wire]?.(asked);
  if (path === undefined) return undefined;
  const { origin, pathname } = new URL(asked.endpoint);
  return { origin, path: `${pathname.replace(/\/+$/, '')}/${path}` };
}

const PATHS: Partial<Readonly<Record<Asked['wire'], (asked: Asked) => string | undefined>>> = {
  anthropic({ operation, model, isStreaming }) {
    // The model that is counted for stands in the body.
    if (operation === 'count_tokens') return 'publishers/anthropic/models/count-tokens:rawPredict';
    return `publishers/anthropic/models/${versioned(model)}:${isStreaming ? 'streamRawPredict' : 'rawPredict'}`;
  },
  gemini({ operation, model, isStreaming }) {
    const place = placeOf(model);
    if (operation === 'count_tokens') return `${place}:countTokens`;
    return `${place}:${isStreaming ? 'streamGenerateContent?alt=sse' : 'generateContent'}`;
  },
  'openai-chat': ({ operation }) => (operation === 'generate' ? 'endpoints/openapi/chat/completions' : undefined),
};

/** A model of Google's by its name; `endpoints/1234`, a tuned one, names its place itself. */
function placeOf(model: string): string {
  const segments = model.includes('/') ? model.split('/') : ['publishers', 'google', 'models', model];
  return segments.map((segment) => modelSegment(segment, model)).join('/');
}

/** `claude-sonnet-4@20250514`: an @ may stand in a path as it is (RFC 3986 section 3.3), and does here. */
function versioned(model: string): string {
  return modelSegment(model).replaceAll('%40', '@');
}

export function vertexEnvelope({ operation }: Pick<Asked, 'operation'>): ClaudeEnvelope {
  const isCounting = operation === 'count_tokens';
  return {
    version: 'vertex-2023-10-16',
    without: isCounting ? [] : ['model'],
    // How an account of Anthropic's own is signed in means nothing to Google. Its counter knows few betas.
    takesBeta: (name) => (isCounting ? COUNTED_BETAS.test(name) : !name.startsWith('oauth-')),
  };
}

const COUNTED_BETAS = /^(claude-code|interleaved-thinking|context-management)-/;
