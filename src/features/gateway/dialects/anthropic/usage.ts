import { mergeUsage, readUsage as readMergedUsage, type TokenUsage } from '#features/gateway/usage';
import { type JsonObject, type JsonValue, stringMember } from '#foundation/json';

/** One usage object, or merged reports of a stream. */
export function readUsage(usage: JsonValue | undefined): TokenUsage {
  const reported = mergeUsage({}, usage);
  const tier = stringMember(reported, 'service_tier');
  return { ...readMergedUsage(reported), serviceTier: tier === undefined || tier === 'standard' ? null : tier };
}

/** What of a usage may come late: everything that `message_delta` tells, as running totals. */
export function writeUsage(usage: TokenUsage): JsonObject {
  const { cacheWrite5mTokens: fiveMinutes, cacheWrite1hTokens: oneHour } = usage;
  const isWritten = fiveMinutes !== null || oneHour !== null;
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: isWritten ? (fiveMinutes ?? 0) + (oneHour ?? 0) : null,
    cache_read_input_tokens: usage.cacheReadTokens,
    cache_creation: isWritten
      ? { ephemeral_5m_input_tokens: fiveMinutes ?? 0, ephemeral_1h_input_tokens: oneHour ?? 0 }
      : null,
    output_tokens: usage.outputTokens ?? 0,
    output_tokens_details: usage.reasoningTokens === null ? null : { thinking_tokens: usage.reasoningTokens },
    server_tool_use: usage.webSearches === 0 ? null : { web_search_requests: usage.webSearches, web_fetch_requests: 0 },
    ...(usage.serviceTier === null ? {} : { service_tier: usage.serviceTier }),
  };
}
