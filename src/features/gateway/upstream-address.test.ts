import { describe, expect, it } from 'vitest';
import type { Wire } from './config.ts';
import type { Operation } from './model-request.ts';
import { upstreamAddress } from './upstream-address.ts';

const cases: readonly (readonly [string, Wire, Operation, boolean, string | undefined])[] = [
  ['https://h/v1', 'anthropic', 'generate', true, '/v1/messages'],
  ['https://h/v1/', 'anthropic', 'count_tokens', false, '/v1/messages/count_tokens'],
  ['https://h/anthropic', 'anthropic', 'generate', false, '/anthropic/v1/messages'],
  ['https://h/v1', 'openai-chat', 'generate', false, '/v1/chat/completions'],
  ['https://h', 'openai-chat', 'embed', false, '/v1/embeddings'],
  ['https://h/compatible-mode/v1', 'openai-chat', 'generate', true, '/compatible-mode/v1/chat/completions'],
  ['https://h/v1beta/openai', 'openai-chat', 'generate', true, '/v1beta/openai/chat/completions'],
  ['https://h/v1', 'openai-responses', 'generate', true, '/v1/responses'],
  ['https://h/v1beta', 'gemini', 'generate', false, '/v1beta/models/m-1:generateContent'],
  ['https://h', 'gemini', 'generate', true, '/v1beta/models/m-1:streamGenerateContent?alt=sse'],
  ['https://h/v1beta', 'gemini', 'count_tokens', false, '/v1beta/models/m-1:countTokens'],
  ['https://h/v1', 'anthropic', 'embed', false, undefined],
  ['https://h/v1', 'openai-chat', 'count_tokens', false, undefined],
];

describe('the address of an operation', () => {
  it.each(cases)('%s as %s, %s (streamed: %s)', (endpoint, wire, operation, isStreaming, path) => {
    expect(upstreamAddress(endpoint, wire, operation, 'm-1', isStreaming)?.path).toBe(path);
  });

  it('lets a Gemini model name its own place, and nothing leave it', () => {
    const path = (model: string) => upstreamAddress('https://h/v1beta', 'gemini', 'generate', model, false)?.path;
    expect(path('tunedModels/mine')).toBe('/v1beta/tunedModels/mine:generateContent');
    expect(path('a?b#c')).toBe('/v1beta/models/a%3Fb%23c:generateContent');
    for (const model of ['../../secrets', 'a/../b', 'a//b', '.', 'a/'])
      expect(() => path(model)).toThrow(/not the name/);
  });
});
