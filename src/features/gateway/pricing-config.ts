import { z } from 'zod';

const dollarsPerMillion = z.number().nonnegative().max(1_000_000);

const rates = {
  input_per_million: dollarsPerMillion.describe('Dollars per million input tokens that no cache served or took.'),
  output_per_million: dollarsPerMillion.describe('Dollars per million output tokens.'),
  cache_read_per_million: dollarsPerMillion
    .optional()
    .describe('Dollars per million tokens read from the prompt cache; a tenth of the input price when left out.'),
  cache_write_per_million: dollarsPerMillion
    .optional()
    .describe('Dollars per million tokens written for five minutes; 1.25 times the input price when left out.'),
  cache_write_1h_per_million: dollarsPerMillion
    .optional()
    .describe('Dollars per million tokens written for one hour; twice the input price when left out.'),
  reasoning_per_million: dollarsPerMillion
    .optional()
    .describe('Dollars per million output tokens of reasoning; the output price when left out.'),
  audio_input_per_million: dollarsPerMillion
    .optional()
    .describe('Dollars per million input tokens of sound; the input price when left out.'),
  audio_output_per_million: dollarsPerMillion
    .optional()
    .describe('Dollars per million output tokens of sound; the output price when left out.'),
  image_output_per_million: dollarsPerMillion
    .optional()
    .describe('Dollars per million output tokens of images; the output price when left out.'),
};

const longPromptSchema = z.strictObject({
  above_prompt_tokens: z
    .int()
    .positive()
    .describe('The rates hold for the whole request once its prompt, cached parts included, is longer.'),
  ...rates,
});

const pricing = {
  ...rates,
  per_image_cents: z
    .number()
    .nonnegative()
    .max(100_000)
    .optional()
    .describe('Cents per image that a tool of the upstream makes; without it such an answer has no known cost.'),
  web_search_per_thousand: z
    .number()
    .nonnegative()
    .max(1_000_000)
    .optional()
    .describe(
      'Dollars per thousand searches by the upstream’s own tool; without it a request that searched has no cost.',
    ),
  long_prompt: z.array(longPromptSchema).max(8).optional().describe('Other rates for long prompts.'),
  service_tiers: z
    .record(z.string().min(1).max(64), z.number().nonnegative().max(100))
    .optional()
    .describe(
      'What the tokens cost in a service tier that the upstream says it used, as a multiple, such as `priority: 2`; flex and batch cost half unless said otherwise.',
    ),
};

export const pricingSchema = z
  .strictObject(pricing)
  .describe('Prices in US dollars; they go before every other source of prices.');

export type PricingConfig = z.infer<typeof pricingSchema>;

const priceSchema = z.strictObject({
  provider: z
    .string()
    .min(1)
    .max(128)
    .default('*')
    .describe('The provider’s name or tag; * stands for any characters.'),
  model: z.string().min(1).max(256).describe('The model’s name upstream; * stands for any characters.'),
  valid_from: z.iso
    .date()
    .optional()
    .describe('The first day, in UTC, on which the price holds; until then an older one does.'),
  ...pricing,
});

/** The `prices` slice of the services tree: what the organisation pays, before the list prices that ship. */
export const pricesConfigSchema = z
  .array(priceSchema)
  .max(10_000)
  .default([])
  .describe(
    'Prices that go before the list prices: the fullest name wins, then the latest day. Prices of a route, a provider or its model go before these.',
  );

export type PriceConfig = z.infer<typeof priceSchema>;
