import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { JsonObject } from '#foundation/json';
import { createManualClock } from '#tests/support/manual-clock';
import { proves } from '#tests/support/proves';
import { ROOT } from '#tests/support/source-files';
import { gatewayConfigSchema, type Wire } from './config.ts';
import { createDialectStreamTap, createDialectWholeTap } from './dialect-tap.ts';
import { dialectOf } from './dialects/dialects.ts';
import { createKnownPrices } from './known-prices.ts';
import { compileRoutes } from './model-route.ts';
import { priceRequest } from './price-request.ts';

proves('gateway.cost-microdollars');

/** Dollars per million tokens; by these the last figure of each row was worked out by hand. */
const PRICING = {
  input_per_million: 2,
  output_per_million: 10,
  cache_read_per_million: 0.2,
  cache_write_per_million: 2.5,
  cache_write_1h_per_million: 4,
  audio_input_per_million: 20,
  audio_output_per_million: 40,
  image_output_per_million: 30,
  web_search_per_thousand: 10,
};

/**
 * Usage as upstreams have been seen to tell it: `usage` of a whole answer or the `reports` of a stream in their order,
 * then the tokens (input, output, cache read, written for minutes, written for hours, reasoning) and the microdollars.
 */
const shapes: readonly Shape[] = JSON.parse(
  readFileSync(join(ROOT, 'tests/fixtures/gateway/usage-shapes.json'), 'utf8'),
);

type Shape = {
  readonly wire: Wire;
  readonly name: string;
  readonly usage?: JsonObject;
  readonly reports?: readonly JsonObject[];
  readonly tokens: readonly (number | null)[];
  readonly cost: number | null;
};

const WHOLE: Readonly<Record<Wire, (usage: JsonObject) => JsonObject>> = {
  anthropic: (usage) => ({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage,
  }),
  'openai-chat': (usage) => ({
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }],
    usage,
  }),
  'openai-responses': (usage) => ({
    id: 'r',
    object: 'response',
    created_at: 1,
    model: 'm',
    status: 'completed',
    output: [],
    usage,
  }),
  gemini: (usageMetadata) => ({
    modelVersion: 'm',
    candidates: [{ content: { role: 'model', parts: [{ text: 'x' }] }, finishReason: 'STOP', index: 0 }],
    usageMetadata,
  }),
};

const line = (value: object) => `data: ${JSON.stringify(value)}\n\n`;

/** Only what tells usage; that no stream comes to its end is part of what is tried. */
const STREAMED: Readonly<Record<Exclude<Wire, 'openai-responses'>, (reports: readonly JsonObject[]) => string>> = {
  anthropic: ([first = {}, ...others]) =>
    [
      { type: 'message_start', message: { ...WHOLE.anthropic(first), stop_reason: null } },
      ...others.map((usage) => ({
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage,
      })),
    ]
      .map((event) => `event: ${event.type}\n${line(event)}`)
      .join(''),
  'openai-chat': (reports) =>
    reports
      .map((usage) =>
        line({
          id: 'c',
          object: 'chat.completion.chunk',
          created: 1,
          model: 'm',
          choices: [{ index: 0, delta: { content: 'x' }, finish_reason: null }],
          usage,
        }),
      )
      .join(''),
  gemini: (reports) =>
    reports
      .map((usageMetadata) =>
        line({
          modelVersion: 'm',
          candidates: [{ content: { role: 'model', parts: [{ text: 'x' }] }, index: 0 }],
          usageMetadata,
        }),
      )
      .join(''),
};

const known = createKnownPrices(createManualClock(), () => []);
const [route] = compileRoutes(
  gatewayConfigSchema.parse({ routes: [{ id: 'r', model_pattern: '*', provider: 'anthropic', pricing: PRICING }] }),
  [],
).routes;

function read({ wire, usage = {}, reports }: Shape) {
  const dialect = dialectOf(wire);
  const isStream = reports !== undefined && wire !== 'openai-responses';
  const tap = isStream ? createDialectStreamTap(dialect, false) : createDialectWholeTap(dialect);
  tap.push(Buffer.from(isStream ? STREAMED[wire](reports) : JSON.stringify(WHOLE[wire](usage))));
  return tap.result().usage;
}

it('has been seen in more than sixty shapes', () => {
  expect(shapes.length).toBeGreaterThan(60);
});

it.each(shapes)('usage of $wire: $name', (shape) => {
  const told = read(shape);
  expect([
    told.inputTokens,
    told.outputTokens,
    told.cacheReadTokens,
    told.cacheWrite5mTokens,
    told.cacheWrite1hTokens,
    told.reasoningTokens,
  ]).toEqual(shape.tokens);
  if (route === undefined) throw new Error('no route');
  expect(priceRequest(route, ['m'], told, known).costMicrodollars).toBe(shape.cost);
});
