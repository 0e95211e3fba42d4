import type { JsonObject } from '#foundation/json';
import { globMatches } from '#foundation/text';
import type { GatewayConfig, ProviderConfig, Wire } from './config.ts';
import { dialectOf } from './dialects/dialects.ts';
import type { ModelRequest } from './model-request.ts';
import { compileRoutes } from './model-route.ts';
import type { RegisteredProvider } from './registered-provider.ts';
import { type RouteCaller, routeCondition } from './route-condition.ts';
import { planRoute, type RoutePlan } from './route-plan.ts';

/** What a configuration says of models, all of it. */
export type GatewaySetup = {
  readonly gateway: GatewayConfig;
  readonly providers: readonly ProviderConfig[];
  readonly registered: readonly RegisteredProvider[];
};

/** The smallest request there is for a model, in the words of a client. */
export type ProbeRequest = {
  readonly path: string;
  readonly body: JsonObject;
};

export type RouteTrial = {
  readonly plan: RoutePlan;
  /** Routes whose pattern has the model and whose condition the request does not meet, in their order. */
  readonly passedOver: readonly string[];
};

/** OpenAI's Responses accept no less. */
const OUTPUT_TOKENS = 16;
const WORDS = 'ping';

export function probeRequest(model: string, wire: Wire, isStreaming: boolean): ProbeRequest {
  const stream = isStreaming ? { stream: true } : {};
  const messages = [{ role: 'user', content: WORDS }];
  switch (wire) {
    case 'anthropic':
      return { path: '/v1/messages', body: { model, max_tokens: OUTPUT_TOKENS, messages, ...stream } };
    case 'openai-chat':
      return {
        path: '/v1/chat/completions',
        body: { model, max_completion_tokens: OUTPUT_TOKENS, messages, ...stream },
      };
    case 'openai-responses':
      return { path: '/v1/responses', body: { model, max_output_tokens: OUTPUT_TOKENS, input: WORDS, ...stream } };
    case 'gemini':
      return {
        path: `/v1beta/models/${encodeURIComponent(model)}:${isStreaming ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
        body: {
          contents: [{ role: 'user', parts: [{ text: WORDS }] }],
          generationConfig: { maxOutputTokens: OUTPUT_TOKENS },
        },
      };
  }
}

/**
 * Where that request would go for the caller, with every upstream idle: of weighted ones the first is named. Throws
 * `not_found` as the gateway would.
 */
export function tryRoute(
  { gateway, providers, registered }: GatewaySetup,
  asked: { readonly model: string; readonly wire: Wire; readonly isStreaming: boolean },
  caller: RouteCaller,
): RouteTrial {
  const request = modelRequest(asked.model, asked.wire, asked.isStreaming);
  const table = compileRoutes(gateway, providers, registered);
  const plan = planRoute(table, request, caller, { inFlight: () => 0, chance: () => 0 });
  const holds = routeCondition(request, caller);
  const passedOver = table.routes
    .slice(0, table.routes.indexOf(plan.route))
    .filter(
      ({ pattern, condition }) => globMatches(pattern, asked.model) && condition !== undefined && !holds(condition),
    )
    .map(({ id }) => id);
  return { plan, passedOver };
}

function modelRequest(model: string, wire: Wire, isStreaming: boolean): ModelRequest {
  const dialect = dialectOf(wire);
  const { body } = probeRequest(model, wire, isStreaming);
  const address = { model: wire === 'gemini' ? model : null, isStreaming: wire === 'gemini' && isStreaming };
  return {
    door: { operation: 'generate', dialect, outline: dialect.outline },
    address,
    streamForm: 'events',
    bytes: Buffer.from(JSON.stringify(body)),
    body,
    outline: dialect.outline(body, address),
  };
}
