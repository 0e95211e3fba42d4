import { z } from 'zod';
import { HOP_BY_HOP_HEADERS } from '#foundation/http/hop-by-hop';

/** The wires that a configuration may name. This version sends on `anthropic` only; see `send-message.ts`. */
export const WIRES = ['anthropic', 'openai-chat', 'openai-responses', 'gemini'] as const;

export type Wire = (typeof WIRES)[number];

export const CONTENT_MODES = ['none', 'metadata', 'redacted', 'full'] as const;

export type ContentMode = (typeof CONTENT_MODES)[number];

const dollarsPerMillion = z.number().nonnegative().max(1_000_000);

const pricingSchema = z
  .strictObject({
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
    per_image_cents: z.number().nonnegative().optional().describe('Cents per generated image.'),
  })
  .describe('Prices in US dollars; they go before every other source of prices.');

export type PricingConfig = z.infer<typeof pricingSchema>;

const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'is not a header name');

/** What the relay sets itself, or what would let a configuration break the framing of a request. */
const RESERVED_HEADERS = new Set([...HOP_BY_HOP_HEADERS, 'host', 'content-length', 'accept-encoding', 'expect']);

const extraHeadersSchema = z
  .record(
    headerName,
    z.union([
      z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'holds characters that a header cannot carry'),
      z.strictObject({ secret: z.string().min(1) }),
    ]),
  )
  .refine((headers) => Object.keys(headers).every((name) => !RESERVED_HEADERS.has(name.toLowerCase())), {
    message: `may not set ${[...RESERVED_HEADERS].join(', ')}`,
  })
  .default({})
  .describe(
    'Headers added to each upstream request: plain text, or `{ secret: name }` for a value of the secret store.',
  );

const endpointSchema = z
  .string()
  .refine(isEndpointBase, 'is not an http(s) URL without credentials, query and fragment')
  .describe('The base of the upstream: `.../v1` gets `/messages` appended, a base without a version `/v1/messages`.');

function isEndpointBase(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

const secretName = z.string().min(1).describe('The name, in the secret store, of the credential for the upstream.');

const authSchemeSchema = z
  .enum(['x-api-key', 'bearer'])
  .optional()
  .describe('How the credential is presented upstream; `x-api-key` for the Anthropic wire when left out.');

const contentModeSchema = z.enum(CONTENT_MODES);

export const modelRouteSchema = z.strictObject({
  id: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('Names the route in records; made from pattern and provider when left out.'),
  model_pattern: z.string().min(1).describe('The models that take this route; `*` matches any characters, anywhere.'),
  provider: z.string().min(1).describe('A built-in provider or one of the profile’s `providers`.'),
  endpoint: endpointSchema.optional(),
  api_key_secret: secretName.optional(),
  auth_scheme: authSchemeSchema,
  upstream_model: z.string().min(1).optional().describe('The model that is asked for upstream instead.'),
  extra_headers: extraHeadersSchema,
  pricing: pricingSchema.optional(),
  content: contentModeSchema
    .optional()
    .describe('How much of the content is recorded; the gateway’s own setting when left out.'),
  allow_unpriced: z
    .boolean()
    .default(true)
    .describe('Whether a model without a known price may be served; its cost is recorded as unknown.'),
});

export type ModelRouteConfig = z.infer<typeof modelRouteSchema>;

const milliseconds = z.number().int().positive().max(86_400_000);

export const gatewayConfigSchema = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether the `/v1` endpoints of the models are mounted.'),
  routes: z
    .array(modelRouteSchema)
    .optional()
    .describe(
      'The first route whose pattern matches the model is taken. When left out: all models go to `mock`, or to `default_provider`.',
    ),
  default_provider: z.string().min(1).optional().describe('Takes every model that no route matches.'),
  allow_unlisted_models: z
    .boolean()
    .default(false)
    .describe('Whether a provider that lists its models also serves models that it does not list.'),
  content: contentModeSchema
    .default('redacted')
    .describe(
      'How much is recorded: `none`, `metadata` (shapes and sizes), `redacted` (whole, credentials replaced), `full`.',
    ),
  timeouts: z
    .strictObject({
      first_byte_ms: milliseconds.default(600_000).describe('Until the upstream begins to answer.'),
      idle_ms: milliseconds.default(300_000).describe('Between two pieces of an answer.'),
      total_ms: milliseconds.default(3_600_000).describe('Until the answer is complete.'),
    })
    .prefault({})
    .describe('How long an upstream may take, in milliseconds.'),
});

export type GatewayConfig = z.infer<typeof gatewayConfigSchema>;

const providerModelSchema = z.strictObject({
  id: z.string().min(1).describe('The name by which clients ask for the model.'),
  aliases: z.array(z.string().min(1)).default([]).describe('Other names for it.'),
  display_name: z.string().min(1).optional().describe('The name that people read.'),
  upstream_model: z.string().min(1).optional().describe('The provider’s own name for it, where that differs.'),
  pricing: pricingSchema.optional(),
  capabilities: z.record(z.string(), z.json()).default({}).describe('What the model can do, for catalogues.'),
  limits: z
    .strictObject({
      context_window: z.number().int().positive().optional(),
      max_output_tokens: z.number().int().positive().optional(),
      max_thinking_budget: z.number().int().positive().optional(),
    })
    .prefault({})
    .describe('Sizes in tokens, for catalogues.'),
});

export const providerSchema = z.strictObject({
  name: z.string().min(1).max(64).describe('The tag that routes use; a built-in tag is replaced by it.'),
  wire: z.enum(WIRES).describe('The protocol that the upstream speaks.'),
  surface: z
    .enum(['anthropic', 'openai', 'gemini', 'backend'])
    .optional()
    .describe('Where its models are offered to clients.'),
  endpoint: endpointSchema,
  api_key_secret: secretName.optional(),
  auth_scheme: authSchemeSchema,
  extra_headers: extraHeadersSchema,
  models: z.array(providerModelSchema).default([]).describe('The models it serves; when empty, any model.'),
});

export type ProviderConfig = z.infer<typeof providerSchema>;

export type ProviderModelConfig = z.infer<typeof providerModelSchema>;

/** `providers` at the root of the profile. */
export const providersConfigSchema = z
  .array(providerSchema)
  .default([])
  .describe('Upstream providers that routes may name.');
