import { NO_USAGE, type TokenUsage } from '#features/gateway/usage';
import { isJsonObject, type JsonObject, type JsonValue, numberMember, stringMember } from '#foundation/json';

/**
 * `prompt_tokens` includes what a cache served and took, `completion_tokens` the reasoning. Speakers of this dialect
 * tell their caches in members of their own: DeepSeek `prompt_cache_hit_tokens`, Kimi `cached_tokens`, and those that
 * follow the Messages API `cache_read_input_tokens` and `cache_creation_input_tokens`.
 */
export function readUsage(usage: JsonValue | undefined): TokenUsage {
  if (!isJsonObject(usage)) return NO_USAGE;
  const details = usage.prompt_tokens_details;
  const prompt = count(usage, 'prompt_tokens');
  const cached =
    count(details, 'cached_tokens') ??
    count(usage, 'prompt_cache_hit_tokens') ??
    count(usage, 'cached_tokens') ??
    count(usage, 'cache_read_input_tokens');
  const written =
    count(details, 'cache_write_tokens') ??
    count(details, 'cache_creation_input_tokens') ??
    count(usage, 'cache_creation_input_tokens');
  const completionDetails = usage.completion_tokens_details;
  const reasoning = count(completionDetails, 'reasoning_tokens') ?? count(usage, 'reasoning_tokens');
  // Spelled out, since some upstreams tell it with every chunk of a stream.
  return {
    inputTokens: prompt === null ? null : Math.max(0, prompt - (cached ?? 0) - (written ?? 0)),
    outputTokens: outputTokens(usage, prompt, reasoning),
    cacheReadTokens: cached,
    cacheWrite5mTokens: written,
    cacheWrite1hTokens: null,
    reasoningTokens: reasoning,
    audioInputTokens: count(details, 'audio_tokens'),
    audioOutputTokens: count(completionDetails, 'audio_tokens'),
    imageOutputTokens: count(completionDetails, 'image_tokens'),
    webSearches: count(usage.server_tool_use, 'web_search_requests') ?? 0,
    generatedImages: 0,
    serviceTier: tierOf(usage),
    atListPrice: true,
    others: NO_USAGE.others,
  };
}

/** xAI counts reasoning beside the completion and not in it, which its total shows. */
function outputTokens(usage: JsonObject, prompt: number | null, reasoning: number | null): number | null {
  const completion = count(usage, 'completion_tokens');
  const total = count(usage, 'total_tokens');
  if (completion === null) return total === null || prompt === null ? null : Math.max(0, total - prompt);
  if (reasoning === null || total === null || prompt === null) return completion;
  return total === prompt + completion + reasoning ? completion + reasoning : completion;
}

/** The tier that served, which an answer tells beside its usage; `on_demand` is Groq's standard one. */
export function tierOf(told: JsonObject): string | null {
  const tier = stringMember(told, 'service_tier') ?? '';
  return ['', 'default', 'auto', 'standard', 'on_demand'].includes(tier) ? null : tier;
}

/** The usage as a client of this dialect counts it: what went into and came out of a cache is part of the prompt. */
export function writeUsage(usage: TokenUsage, estimatedInputTokens = 0): JsonObject {
  const cached = usage.cacheReadTokens ?? 0;
  const written = (usage.cacheWrite5mTokens ?? 0) + (usage.cacheWrite1hTokens ?? 0);
  const prompt = (usage.inputTokens ?? (cached + written === 0 ? estimatedInputTokens : 0)) + cached + written;
  const completion = usage.outputTokens ?? 0;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: cached,
      ...(written === 0 ? {} : { cache_write_tokens: written }),
      audio_tokens: usage.audioInputTokens ?? 0,
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens ?? 0,
      audio_tokens: usage.audioOutputTokens ?? 0,
    },
  };
}

function count(value: JsonValue | undefined, key: string): number | null {
  const number = numberMember(value, key);
  return number !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : null;
}
