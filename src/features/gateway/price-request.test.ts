import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#foundation/json';
import { createManualClock } from '#tests/support/manual-clock';
import { proves } from '#tests/support/proves';
import { gatewayConfigSchema, providersConfigSchema } from './config.ts';
import { createKnownPrices } from './known-prices.ts';
import { compileRoutes, type ModelRoute } from './model-route.ts';
import { priceRequest } from './price-request.ts';
import { readUsage } from './usage.ts';

proves('gateway.cost-microdollars');

const known = createKnownPrices(createManualClock());

function routeOf(route: object, providers: unknown = []): ModelRoute {
  const config = gatewayConfigSchema.parse({ routes: [{ model_pattern: '*', ...route }] });
  const [compiled] = compileRoutes(config, providersConfigSchema.parse(providers)).routes;
  if (compiled === undefined) throw new Error('no route');
  return compiled;
}

function cost(route: ModelRoute, models: (string | null)[], usage: JsonObject) {
  const { costMicrodollars, priceSource } = priceRequest(route, models, readUsage(usage), known);
  return [costMicrodollars, priceSource];
}

const anthropic = routeOf({ provider: 'anthropic' });
const tokens = { input_tokens: 1_000, output_tokens: 100 };

describe('the cost of a request', () => {
  it('comes from the route before everything else', () => {
    const route = routeOf({
      id: 'r',
      provider: 'anthropic',
      pricing: { input_per_million: 2, output_per_million: 10 },
    });
    expect(cost(route, ['claude-sonnet-4-5'], tokens)).toEqual([3_000, 'route:r']);
  });

  it('comes from the registered model, also when it is served under its upstream name', () => {
    const pricing = { input_per_million: 1, output_per_million: 1 };
    const models = [{ id: 'large', upstream_model: 'vendor/large', pricing }];
    const providers = [{ name: 'corporate', wire: 'anthropic', endpoint: 'https://models.example/v1', models }];
    const route = routeOf({ provider: 'corporate' }, providers);
    expect(cost(route, ['vendor/large', 'x'], tokens)).toEqual([1_100, 'provider:corporate/large']);
  });

  it('comes from list prices by the served model, then by the requested one', () => {
    expect(cost(anthropic, ['claude-haiku-4-5-20251001', 'claude-opus-4-1'], tokens)).toEqual([
      1_500,
      'genai-prices:claude-haiku-4-5',
    ]);
    expect(cost(anthropic, ['unheard-of', 'claude-opus-4-1'], tokens)).toEqual([
      22_500,
      'genai-prices:claude-opus-4-1',
    ]);
    expect(cost(anthropic, ['claude-opus-4-1-novel'], tokens)[1]).toBe('genai-prices:claude-opus-4-1 (prefix)');
  });

  it('is unknown, not zero, without a price or without a count', () => {
    expect(cost(anthropic, ['unheard-of', null], tokens)).toEqual([null, null]);
    expect(cost(anthropic, ['claude-opus-4-1'], {})).toEqual([null, null]);
    expect(cost(anthropic, ['claude-opus-4-1'], { ...tokens, speed: 'fast' })).toEqual([null, null]);
  });

  it('prices each kind of cached token once, at its own rate', () => {
    const usage = {
      input_tokens: 10,
      output_tokens: 20,
      cache_read_input_tokens: 1_000,
      cache_creation_input_tokens: 300,
      cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
    };
    // 10 x 1 + 20 x 5 + 1,000 x 0.1 + 100 x 1.25 + 200 x 2 microdollars.
    expect(cost(anthropic, ['claude-haiku-4-5'], usage)[0]).toBe(735);
  });

  it('takes the long-prompt rates by the whole prompt, cached parts included', () => {
    const usage = { input_tokens: 1, output_tokens: 10, cache_read_input_tokens: 200_000 };
    // 1 x 6 + 10 x 22.5 + 200,000 x 0.6.
    expect(cost(anthropic, ['claude-sonnet-4-5'], usage)[0]).toBe(120_231);
    expect(cost(anthropic, ['claude-sonnet-4-5'], { ...usage, cache_read_input_tokens: 199_999 })[0]).toBe(60_153);
  });

  it('adds what an advisor cost, and searches', () => {
    const usage = {
      ...tokens,
      server_tool_use: { web_search_requests: 2 },
      iterations: [{ type: 'advisor_message', model: 'claude-opus-4-1', input_tokens: 10, output_tokens: 0 }],
    };
    expect(cost(anthropic, ['claude-haiku-4-5'], usage)[0]).toBe(1_500 + 20_000 + 150);
  });

  it('is never zero for the mock, so that a first run shows costs', () => {
    expect(cost(routeOf({ provider: 'mock' }), ['anything'], tokens)).toEqual([150, 'provider:mock']);
  });
});
