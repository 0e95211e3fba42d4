import { describe, expect, it } from 'vitest';
import type { Wire } from '../config.ts';
import type { Operation } from '../model-request.ts';
import { vertexAddress } from './vertex.ts';

const endpoint = 'https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/';
const PLACE = '/v1/projects/p/locations/us-east5';

const at = (wire: Wire, operation: Operation, model: string, isStreaming = false) =>
  vertexAddress({ endpoint, wire, operation, model, isStreaming, apiVersion: undefined })?.path;

describe('an address of Vertex', () => {
  it.each<readonly [Wire, Operation, string, boolean, string | undefined]>([
    ['anthropic', 'generate', 'claude-x@2025', false, 'publishers/anthropic/models/claude-x@2025:rawPredict'],
    ['anthropic', 'generate', 'claude-x', true, 'publishers/anthropic/models/claude-x:streamRawPredict'],
    ['anthropic', 'count_tokens', 'claude-x', false, 'publishers/anthropic/models/count-tokens:rawPredict'],
    ['gemini', 'generate', 'gemini-x', false, 'publishers/google/models/gemini-x:generateContent'],
    ['gemini', 'generate', 'gemini-x', true, 'publishers/google/models/gemini-x:streamGenerateContent?alt=sse'],
    ['gemini', 'generate', 'endpoints/12', false, 'endpoints/12:generateContent'],
    ['gemini', 'count_tokens', 'gemini-x', false, 'publishers/google/models/gemini-x:countTokens'],
    ['openai-chat', 'generate', 'meta/x', true, 'endpoints/openapi/chat/completions'],
    ['openai-chat', 'embed', 'x', false, undefined],
    ['openai-responses', 'generate', 'x', false, undefined],
  ])('of %s, %s, %s (streamed: %s)', (wire, operation, model, isStreaming, path) => {
    expect(at(wire, operation, model, isStreaming)).toBe(path === undefined ? undefined : `${PLACE}/${path}`);
  });

  it('is not left by the name of a model', () => {
    expect(at('anthropic', 'generate', '../x:y?z')).toBe(
      `${PLACE}/publishers/anthropic/models/..%2Fx%3Ay%3Fz:rawPredict`,
    );
    expect(() => at('anthropic', 'generate', '..')).toThrow(/not the name of a model/);
    expect(() => at('gemini', 'generate', 'endpoints/../../x')).toThrow(/not the name of a model/);
  });
});
