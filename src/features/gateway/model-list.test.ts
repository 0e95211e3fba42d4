import { describe, expect, it } from 'vitest';
import { gatewayConfigSchema, providersConfigSchema } from './config.ts';
import { findModel, type ListedModel, listedModels, modelPage } from './model-list.ts';
import { compileRoutes } from './model-route.ts';

function idsOf(gateway: unknown, providers: unknown = []): readonly string[] {
  const table = compileRoutes(gatewayConfigSchema.parse(gateway), providersConfigSchema.parse(providers));
  return listedModels(table, ['claude-mock-1-0']).map((model) => model.id);
}

const models: readonly ListedModel[] = ['a', 'b', 'c', 'd'].map((id) => ({
  type: 'model',
  object: 'model',
  id,
  display_name: id,
  created_at: '1970-01-01T00:00:00Z',
  created: 0,
  owned_by: 'own',
}));

function page(query: string) {
  const { data, has_more } = modelPage(models, new URLSearchParams(query));
  return [data.map((model) => model.id).join(''), has_more];
}

describe('the list of models', () => {
  it('names what can be asked for by name, and no pattern', () => {
    const providers = [
      { name: 'own', wire: 'anthropic', endpoint: 'https://m.example/v1', models: [{ id: 'large', aliases: ['big'] }] },
    ];
    const routes = [
      { model_pattern: 'claude-fixed', provider: 'anthropic' },
      { model_pattern: 'gpt-fixed', provider: 'openai' },
      { model_pattern: 'claude-*', provider: 'anthropic' },
      { model_pattern: '*', provider: 'own' },
    ];
    expect(idsOf({ routes }, providers)).toEqual(['claude-fixed', 'gpt-fixed', 'large', 'big']);
    expect(idsOf({})).toEqual(['claude-mock-1-0']);
  });

  it('leaves out what another route takes before, whose provider does not have it', () => {
    const providers = [{ name: 'own', wire: 'anthropic', endpoint: 'https://m.example/v1', models: [{ id: 'large' }] }];
    const routes = [
      { model_pattern: 'claude-mock-*', provider: 'own' },
      { model_pattern: '*', provider: 'mock' },
    ];
    expect(idsOf({ routes }, providers)).toEqual(['large']);
  });

  it('comes in pages, forwards and backwards', () => {
    expect(page('')).toEqual(['abcd', false]);
    expect(page('limit=2')).toEqual(['ab', true]);
    expect(page('limit=2&after_id=b')).toEqual(['cd', false]);
    expect(page('limit=2&before_id=d')).toEqual(['bc', true]);
    expect(page('limit=1000&before_id=a')).toEqual(['', false]);
  });

  it('refuses a limit that is none, and a name that is not listed', () => {
    for (const limit of ['0', '1001', 'x', '1.5']) expect(() => page(`limit=${limit}`)).toThrow('whole number');
    expect(() => findModel(models, 'z')).toThrow('"z" is not listed');
  });
});
