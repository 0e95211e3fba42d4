import { describe, expect, it } from 'vitest';
import type { Wire } from '../config.ts';
import type { Operation } from '../model-request.ts';
import { azureAddress } from './azure.ts';

const at = (
  endpoint: string,
  apiVersion?: string,
  wire: Wire = 'openai-chat',
  operation: Operation = 'generate',
  model = 'gpt-4.1',
) => azureAddress({ endpoint, wire, operation, model, isStreaming: false, apiVersion })?.path;

const DATED = '2024-10-21';

describe('an address of Azure', () => {
  it.each([
    'https://r.openai.azure.com',
    'https://r.openai.azure.com/',
    'https://r.openai.azure.com/openai/v1/',
    'https://r.openai.azure.com/openai/deployments/gpt-4.1',
  ])('is the same, however much of it %s holds', (endpoint) => {
    expect(at(endpoint)).toBe('/openai/v1/chat/completions');
    expect(at(endpoint, DATED)).toBe(`/openai/deployments/gpt-4.1/chat/completions?api-version=${DATED}`);
  });

  it('has embeddings and responses, and nothing of other wires', () => {
    const host = 'https://gateway.corp.example/azure';
    expect(at(host, DATED, 'openai-chat', 'embed')).toBe(
      `/azure/openai/deployments/gpt-4.1/embeddings?api-version=${DATED}`,
    );
    expect(at(host, DATED, 'openai-responses')).toBe(`/azure/openai/responses?api-version=${DATED}`);
    expect(at(host, undefined, 'openai-responses')).toBe('/azure/openai/v1/responses');
    expect(at(host, 'preview')).toBe('/azure/openai/v1/chat/completions?api-version=preview');
    expect(at(host, DATED, 'openai-chat', 'count_tokens')).toBeUndefined();
  });

  it('is not left by the name of a deployment', () => {
    const named = (model: string) => at('https://h', DATED, 'openai-chat', 'generate', model);
    expect(named('a/../b?c')).toBe(`/openai/deployments/a%2F..%2Fb%3Fc/chat/completions?api-version=${DATED}`);
    expect(() => named('..')).toThrow(/not the name of a model/);
  });
});
