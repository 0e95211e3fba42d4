import { NO_USAGE, type TokenUsage } from '#features/gateway/usage';
import { isJsonObject, type JsonObject, type JsonValue, numberMember, stringMember } from '#foundation/json';

/**
 * The input includes what the cache served and took, and the output includes the reasoning. Writes of the shorter
 * lifetime, 30 minutes, stand in the place of the shorter one elsewhere, and those of 12 hours in that of the longer.
 */
export function readUsage(usage: JsonValue | undefined): TokenUsage {
  if (!isJsonObject(usage)) return NO_USAGE;
  const { input_tokens_details: inputDetails, output_tokens_details: outputDetails } = usage;
  const input = count(usage, 'input_tokens');
  const cacheRead = count(inputDetails, 'cached_tokens');
  const cacheWrite = count(inputDetails, 'cache_write_tokens');
  return {
    ...NO_USAGE,
    inputTokens: input === null ? null : Math.max(0, input - (cacheRead ?? 0) - (cacheWrite ?? 0)),
    outputTokens: count(usage, 'output_tokens'),
    cacheReadTokens: cacheRead,
    ...cacheWrites(cacheWrite, isJsonObject(inputDetails) ? inputDetails.cache_write_tokens_details : undefined),
    reasoningTokens: count(outputDetails, 'reasoning_tokens'),
    audioInputTokens: count(inputDetails, 'audio_tokens'),
    audioOutputTokens: count(outputDetails, 'audio_tokens'),
  };
}

/** The total is what counts; what the split leaves of it is of the shorter lifetime. */
function cacheWrites(
  total: number | null,
  split: JsonValue | undefined,
): Pick<TokenUsage, 'cacheWrite5mTokens' | 'cacheWrite1hTokens'> {
  if (total === null) return { cacheWrite5mTokens: null, cacheWrite1hTokens: null };
  const long = count(split, 'ttl_12h_tokens');
  const kept = Math.min(long ?? 0, total);
  return { cacheWrite5mTokens: total - kept, cacheWrite1hTokens: long === null ? null : kept };
}

/** The usage of a whole response, with what stands beside its counts: the tier that served it, and its searches. */
export function readResponseUsage(response: JsonObject): TokenUsage {
  const tier = stringMember(response, 'service_tier');
  const isStandard = tier === undefined || tier === 'default' || tier === 'auto';
  return {
    ...readUsage(response.usage),
    webSearches: webSearches(response),
    generatedImages: Array.isArray(response.output) ? response.output.filter(isGeneratedImage).length : 0,
    serviceTier: isStandard ? null : tier,
  };
}

/** Only searching is paid for, not opening a page or looking through it. */
function webSearches({ tool_usage: used, output }: JsonObject): number {
  const told = isJsonObject(used) ? count(used.web_search, 'num_requests') : null;
  if (told !== null) return told;
  return Array.isArray(output) ? output.filter(isSearch).length : 0;
}

/** The model that draws is another than the one that was asked, and its tokens are not among the answer's. */
export function isGeneratedImage(item: JsonValue): boolean {
  return isJsonObject(item) && item.type === 'image_generation_call' && item.status !== 'failed';
}

/** Whether it is a call of the web search that was paid for. */
export function isSearch(item: JsonValue): boolean {
  if (!isJsonObject(item) || item.type !== 'web_search_call' || item.status === 'failed') return false;
  return (stringMember(item.action, 'type') ?? 'search') === 'search';
}

function count(value: JsonValue | undefined, key: string): number | null {
  const number = numberMember(value, key);
  return number !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

/** The usage as a client of this dialect counts it, with every member that its types have. */
export function writeUsage(usage: TokenUsage, estimatedInputTokens: number): JsonObject {
  const cacheWrite = (usage.cacheWrite5mTokens ?? 0) + (usage.cacheWrite1hTokens ?? 0);
  const cacheRead = usage.cacheReadTokens ?? 0;
  const input = (usage.inputTokens ?? estimatedInputTokens) + cacheRead + cacheWrite;
  const output = usage.outputTokens ?? 0;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: input + output,
  };
}
