import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#foundation/json';
import { createManualClock } from '#tests/support/manual-clock';
import { proves } from '#tests/support/proves';
import { gatewayConfigSchema, providersConfigSchema } from './config.ts';
import { createKnownPrices } from './known-prices.ts';
import { compileRoutes, type ModelRoute } from './model-route.ts';
import { priceRequest } from './price-request.ts';
import { pricesConfigSchema } from './pricing-config.ts';
import { NO_USAGE, readUsage, type TokenUsage } from './usage.ts';

proves('gateway.cost-microdollars');

const known = createKnownPrices(createManualClock(), () => []);

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

const base = { input_per_million: 2, output_per_million: 10 };

function ownCost(prices: unknown, models: string[], usage: Partial<TokenUsage>, atMs = 0) {
  const clock = createManualClock(atMs);
  const listed = createKnownPrices(clock, () => pricesConfigSchema.parse(prices));
  const told = { ...NO_USAGE, inputTokens: 1_000, outputTokens: 100, ...usage };
  const { costMicrodollars, priceSource } = priceRequest(anthropic, models, told, listed);
  return [costMicrodollars, priceSource];
}

describe('the organisation’s own prices', () => {
  it('go before the list prices, and the fullest name before the others', () => {
    const prices = [
      { model: 'claude-*', ...base },
      { provider: 'anthropic', model: 'claude-haiku-4-5', input_per_million: 1, output_per_million: 1 },
      { provider: 'bedrock', model: 'claude-haiku-4-5', input_per_million: 7, output_per_million: 7 },
      { model: 'claude-haiku-*', input_per_million: 5, output_per_million: 5 },
    ];
    expect(ownCost(prices, ['claude-haiku-4-5'], {})).toEqual([1_100, 'prices:anthropic/claude-haiku-4-5']);
    expect(ownCost(prices, ['claude-haiku-9'], {})).toEqual([5_500, 'prices:*/claude-haiku-* (pattern)']);
    expect(ownCost(prices, ['claude-opus-4-1'], {})).toEqual([3_000, 'prices:*/claude-* (pattern)']);
    expect(ownCost(prices, ['gpt-novel', 'claude-x'], {})).toEqual([3_000, 'prices:*/claude-* (pattern)']);
    expect(ownCost([], ['claude-haiku-4-5'], {})).toEqual([1_500, 'genai-prices:claude-haiku-4-5']);
  });

  it('hold from their day on, to the millisecond', () => {
    const prices = [
      { model: 'm', ...base },
      { model: 'm', valid_from: '2026-07-01', input_per_million: 4, output_per_million: 20 },
    ];
    const day = Date.parse('2026-07-01T00:00:00Z');
    expect(ownCost(prices, ['m'], {}, day - 1)[0]).toBe(3_000);
    expect(ownCost(prices, ['m'], {}, day)[0]).toBe(6_000);
    expect(ownCost(prices.slice(1), ['m'], {}, day - 1)).toEqual([null, null]);
  });

  it('tell kinds of tokens apart, and price each once', () => {
    const kinds = { reasoning_per_million: 30, audio_input_per_million: 20, audio_output_per_million: 40 };
    const prices = [{ model: 'm', ...base, ...kinds, image_output_per_million: 100 }];
    const used = { audioInputTokens: 400, reasoningTokens: 50, audioOutputTokens: 20, imageOutputTokens: 10 };
    // 600 x 2 + 400 x 20 + 50 x 30 + 20 x 40 + 10 x 100 + 20 x 10.
    expect(ownCost(prices, ['m'], used)[0]).toBe(1_200 + 8_000 + 1_500 + 800 + 1_000 + 200);
    // Parts that are told larger than the whole are never more than it.
    expect(ownCost(prices, ['m'], { audioInputTokens: 9_999, reasoningTokens: 9_999 })[0]).toBe(20_000 + 3_000);
  });

  it('price by the service tier that was used, and not at all where its price is unknown', () => {
    const prices = [{ model: 'm', ...base, service_tiers: { priority: 1.75 } }];
    expect(ownCost(prices, ['m'], { serviceTier: 'priority' })[0]).toBe(5_250);
    expect(ownCost(prices, ['m'], { serviceTier: 'flex' })[0]).toBe(1_500);
    expect(ownCost(prices, ['m'], { serviceTier: 'unheard-of' })).toEqual([null, null]);
    expect(ownCost([], ['claude-haiku-4-5'], { serviceTier: 'batch' })[0]).toBe(750);
    expect(ownCost([], ['claude-haiku-4-5'], { serviceTier: 'priority' })).toEqual([null, null]);
  });

  it('change at the length of the whole prompt, in steps', () => {
    const long_prompt = [
      { above_prompt_tokens: 3_000, input_per_million: 8, output_per_million: 0 },
      { above_prompt_tokens: 1_000, input_per_million: 4, output_per_million: 0 },
    ];
    const prices = [{ model: 'm', ...base, long_prompt }];
    const at = (inputTokens: number) => ownCost(prices, ['m'], { inputTokens, outputTokens: 0 })[0];
    expect([at(1_000), at(1_001), at(3_000), at(3_001)]).toEqual([2_000, 4_004, 12_000, 24_008]);
  });

  it('price searches by the thousand, at no discount', () => {
    const prices = [{ model: 'm', ...base, web_search_per_thousand: 25 }];
    expect(ownCost(prices, ['m'], { webSearches: 3, serviceTier: 'batch' })[0]).toBe(1_500 + 75_000);
    expect(ownCost([{ model: 'm', ...base }], ['m'], { webSearches: 1 })).toEqual([null, null]);
  });

  it('price images that no tokens count, and know no cost without their price', () => {
    const prices = [{ model: 'm', ...base, per_image_cents: 4 }];
    expect(ownCost(prices, ['m'], { generatedImages: 2 })[0]).toBe(1_500 * 2 + 80_000);
    expect(ownCost([{ model: 'm', ...base }], ['m'], { generatedImages: 1 })).toEqual([null, null]);
  });

  it('are exact below a microdollar, and rounded once', () => {
    const prices = [{ model: 'm', input_per_million: 0.0125, output_per_million: 0.0375 }];
    // 37 x 0.0125 + 3 x 0.0375 = 0.575 microdollars.
    expect(ownCost(prices, ['m'], { inputTokens: 37, outputTokens: 3 })[0]).toBe(1);
    expect(ownCost(prices, ['m'], { inputTokens: 30, outputTokens: 3 })[0]).toBe(0);
    expect(ownCost(prices, ['m'], { inputTokens: 1_000_000, outputTokens: 0 })[0]).toBe(12_500);
  });
});

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
      'genai-prices:claude-haiku-4-5 (dated)',
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
