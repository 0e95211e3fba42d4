import { z } from 'zod';
import { HOP_BY_HOP_HEADERS } from '#foundation/http/hop-by-hop';
import { pricingSchema } from './pricing-config.ts';
import { responseCacheSchema } from './response-cache/cache-config.ts';

/** The wires that a configuration may name. */
export const WIRES = ['anthropic', 'openai-chat', 'openai-responses', 'gemini'] as const;

export type Wire = (typeof WIRES)[number];

/** Clouds that serve the wires at addresses and in forms of their own. */
export const PLATFORMS = ['azure', 'vertex', 'bedrock'] as const;

export type Platform = (typeof PLATFORMS)[number];

export const CONTENT_MODES = ['none', 'metadata', 'redacted', 'full'] as const;

export type ContentMode = (typeof CONTENT_MODES)[number];

const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'is not a header name');

/** What the relay sets itself, or what would let a configuration break the framing of a request. */
export const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP_HEADERS,
  'host',
  'content-length',
  'accept-encoding',
  'expect',
]);

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
  .describe(
    'The base of the upstream: `.../v1` gets `/messages` or `/chat/completions` appended, a base without a version gets the version of its wire first.',
  );

function isEndpointBase(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

const secretName = z.string().min(1).describe('The name, in the secret store, of the credential for the upstream.');

const authSchemeSchema = z
  .enum(['x-api-key', 'bearer', 'x-goog-api-key', 'api-key', 'google', 'aws'])
  .optional()
  .describe(
    'How the credential is presented upstream; when left out, as the wire has it: `x-api-key` for Anthropic, `x-goog-api-key` for Gemini, `bearer` for OpenAI; or as the platform has it: `api-key` on Azure, `google` on Vertex, `aws` on Bedrock. `google`: the secret is the key file of a service account, and without a secret the metadata server is asked. `aws`: requests are signed with the access keys that the secret holds, and without a secret with those of the machine’s role.',
  );

const apiVersionSchema = z
  .string()
  .regex(/^[A-Za-z0-9.-]{1,64}$/, 'is not the version of an API')
  .optional()
  .describe('Of Azure: `api-version` of its addresses by deployment; without it, its address `openai/v1` is used.');

const regionSchema = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, 'is not a region')
  .optional()
  .describe('Of AWS, where the name of the endpoint’s host does not hold it.');

const contentModeSchema = z.enum(CONTENT_MODES);

/** Where requests go: the same keys on a route and on those that stand in for it. */
const targetKeys = {
  provider: z.string().min(1).describe('A built-in provider or one of the profile’s `providers`.'),
  endpoint: endpointSchema.optional(),
  api_key_secret: secretName.optional(),
  auth_scheme: authSchemeSchema,
  api_version: apiVersionSchema,
  region: regionSchema,
  upstream_model: z.string().min(1).optional().describe('The model that is asked for upstream instead.'),
  extra_headers: extraHeadersSchema,
  pricing: pricingSchema.optional(),
};

const weightSchema = z.number().int().min(0).max(1_000).default(1).describe('Its share beside the other weights.');

const conditionSchema = z
  .strictObject({
    requires_tools: z.boolean().optional().describe('Whether the request defines tools.'),
    min_tools: z.number().int().positive().optional().describe('At least so many tools.'),
    thinking: z.boolean().optional().describe('Whether the request asks the model to think.'),
    min_reasoning_effort: z.enum(['low', 'medium', 'high']).optional().describe('At least this effort.'),
    stream: z.boolean().optional().describe('Whether the answer is to be streamed.'),
    min_input_tokens: z.number().int().positive().optional().describe('At least so many tokens, as estimated.'),
    response_format: z.enum(['text', 'json_object', 'json_schema']).optional(),
    roles: z.array(z.string().min(1)).optional().describe('The roles of the caller.'),
    departments: z.array(z.string().min(1)).optional().describe('The departments of the caller.'),
    tenants: z.array(z.string().min(1)).optional().describe('The tenants of the caller.'),
  })
  .describe('What must be true of a request, all of it, besides the pattern.');

export type RouteConditionConfig = z.infer<typeof conditionSchema>;

const outputAction = z.enum(['off', 'flag', 'redact', 'block']);

const outputGuardSchema = z
  .strictObject({
    secrets: outputAction.default('flag').describe('Credentials, as the secret scan knows them.'),
    smuggling: outputAction.default('off').describe('Text in characters that nobody sees.'),
    exfiltration: outputAction.default('off').describe('Images and links that take data to foreign hosts.'),
    canaries: outputAction.default('flag').describe('Planted values of the guardrails policy.'),
    personal_data: outputAction.default('off').describe('Cards, IBANs and numbers of persons.'),
  })
  .describe(
    'What happens to what a model says, arguments of tools included: `flag` records it and delays nothing, `redact` puts a label in its place, `block` ends the answer.',
  );

export type OutputGuardConfig = z.infer<typeof outputGuardSchema>;

const statusSchema = z.union([z.number().int().min(400).max(599), z.enum(['4xx', '5xx', 'connection', 'timeout'])]);

const retrySchema = z
  .strictObject({
    attempts_max: z
      .number()
      .int()
      .min(1)
      .max(10)
      .default(1)
      .describe('Attempts at one upstream, the first included. Clients repeat by themselves, so 1 by default.'),
    on: z
      .array(statusSchema)
      .default([408, 429, 500, 502, 503, 504, 529, 'connection', 'timeout'])
      .describe(
        'What is tried again, at the same upstream and at the fallbacks: statuses, `5xx`, `connection`, `timeout`.',
      ),
    backoff_ms: z
      .number()
      .int()
      .min(1)
      .max(60_000)
      .default(250)
      .describe('Before the second attempt; doubled each time.'),
    wait_ms_max: z
      .number()
      .int()
      .min(0)
      .max(600_000)
      .default(10_000)
      .describe('Longest wait; an upstream that asks for more is not tried again.'),
  })
  .prefault({});

export type RetryConfig = z.infer<typeof retrySchema>;

export const modelRouteSchema = z.strictObject({
  id: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('Names the route in records; made from pattern and provider when left out.'),
  model_pattern: z.string().min(1).describe('The models that take this route; `*` matches any characters, anywhere.'),
  when: conditionSchema.optional(),
  ...targetKeys,
  weight: weightSchema,
  balance: z
    .strictObject({
      strategy: z
        .enum(['weighted', 'least_busy'])
        .default('weighted')
        .describe(
          '`weighted`: by chance, as the weights say. `least_busy`: the one with the fewest requests in flight.',
        ),
      among: z
        .array(z.strictObject({ ...targetKeys, weight: weightSchema }))
        .min(1)
        .describe('Upstreams that share the requests of this route with its own.'),
    })
    .optional(),
  fallbacks: z
    .array(z.strictObject(targetKeys))
    .default([])
    .describe('Upstreams that are tried in this order when the ones before them failed.'),
  retry: retrySchema,
  conversion: z
    .enum(['lossy', 'strict'])
    .default('lossy')
    .describe('Whether a request may lose what its upstream cannot express (it is told), or is refused.'),
  max_output_tokens: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('The most that an answer may have; a request that asks for more gets this.'),
  content: contentModeSchema
    .optional()
    .describe('How much of the content is recorded; the gateway’s own setting when left out.'),
  output_guard: outputGuardSchema.optional().describe('In place of the gateway’s own setting, as a whole.'),
  cache: responseCacheSchema.optional(),
  allow_unpriced: z
    .boolean()
    .default(false)
    .describe(
      'Whether a model without a known price may be served; its cost is then recorded as unknown, never as zero.',
    ),
});

export type ModelRouteConfig = z.infer<typeof modelRouteSchema>;

export type RouteTargetConfig = Pick<ModelRouteConfig, keyof typeof targetKeys>;

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
  output_guard: outputGuardSchema.prefault({}),
  timeouts: z
    .strictObject({
      first_byte_ms: milliseconds.default(600_000).describe('Until the upstream begins to answer.'),
      idle_ms: milliseconds.default(300_000).describe('Between two pieces of an answer.'),
      total_ms: milliseconds.default(3_600_000).describe('Until the answer is complete.'),
    })
    .prefault({})
    .describe('How long an upstream may take, in milliseconds.'),
  circuit_breaker: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Whether an upstream that keeps failing is left alone for a while.'),
      failures: z.number().int().min(1).max(1_000).default(20).describe('Failures in a row that open the circuit.'),
      open_ms: milliseconds.default(30_000).describe('How long it stays open before one request is let through.'),
    })
    .prefault({})
    .describe('An upstream counts as failing when it cannot be reached, times out or answers 5xx.'),
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
  also_speaks: z
    .array(z.enum(WIRES))
    .default([])
    .describe('Other protocols that it speaks at the same endpoint; their clients are not translated.'),
  surface: z
    .enum(['anthropic', 'openai', 'gemini', 'backend'])
    .optional()
    .describe('Where its models are offered to clients.'),
  endpoint: endpointSchema,
  api_key_secret: secretName.optional(),
  auth_scheme: authSchemeSchema,
  platform: z
    .enum(PLATFORMS)
    .optional()
    .describe('The cloud whose addresses and forms of requests it has, where it is one.'),
  api_version: apiVersionSchema,
  region: regionSchema,
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
