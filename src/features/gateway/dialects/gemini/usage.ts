import { NO_USAGE, type TokenUsage } from '#features/gateway/usage';
import { isJsonObject, type JsonObject, type JsonValue, numberMember, stringMember } from '#foundation/json';

/**
 * Reads `usageMetadata`. The prompt includes what the cache served; thoughts and the prompts of tools that Google runs
 * are counted apart from candidates and prompt. Counts of zero are left out on the wire (protobuf's JSON mapping), so
 * the total tells whether a missing one was zero.
 */
export function readUsage(usage: JsonValue | undefined): TokenUsage {
  if (!isJsonObject(usage)) return NO_USAGE;
  const prompt = count(usage, 'promptTokenCount');
  const toolPrompt = count(usage, 'toolUsePromptTokenCount') ?? 0;
  const cached = count(usage, 'cachedContentTokenCount');
  const thoughts = count(usage, 'thoughtsTokenCount');
  const audioCached = modality(usage, 'cacheTokensDetails', 'AUDIO') ?? 0;
  const audioInput = modality(usage, 'promptTokensDetails', 'AUDIO');
  // Spelled out, since it is read with every chunk of a stream.
  return {
    inputTokens: prompt === null ? null : Math.max(0, prompt + toolPrompt - (cached ?? 0)),
    outputTokens: outputTokens(usage, prompt, toolPrompt, thoughts),
    cacheReadTokens: cached,
    cacheWrite5mTokens: null,
    cacheWrite1hTokens: null,
    reasoningTokens: thoughts,
    audioInputTokens: audioInput === null ? null : Math.max(0, audioInput - audioCached),
    audioOutputTokens: modality(usage, 'candidatesTokensDetails', 'AUDIO'),
    imageOutputTokens: modality(usage, 'candidatesTokensDetails', 'IMAGE'),
    webSearches: 0,
    generatedImages: 0,
    serviceTier: serviceTier(usage),
    atListPrice: true,
    others: NO_USAGE.others,
  };
}

function outputTokens(
  usage: JsonObject,
  prompt: number | null,
  toolPrompt: number,
  thoughts: number | null,
): number | null {
  const candidates = count(usage, 'candidatesTokenCount');
  if (candidates !== null || thoughts !== null) return (candidates ?? 0) + (thoughts ?? 0);
  const total = count(usage, 'totalTokenCount');
  return total === null || prompt === null ? null : Math.max(0, total - prompt - toolPrompt);
}

/** The tier by which the request was served: `serviceTier`, or Vertex AI's `trafficType`. */
function serviceTier(usage: JsonObject): string | null {
  const tier = stringMember(usage, 'serviceTier')?.toLowerCase();
  if (tier !== undefined) return tier === 'standard' || tier === 'unspecified' ? null : tier;
  const traffic = stringMember(usage, 'trafficType');
  if (traffic === undefined || traffic === 'ON_DEMAND' || traffic === 'TRAFFIC_TYPE_UNSPECIFIED') return null;
  return traffic.toLowerCase().replace(/^on_demand_/, '');
}

function modality(usage: JsonObject, details: string, name: string): number | null {
  const entries = usage[details];
  if (!Array.isArray(entries)) return null;
  for (const entry of entries) if (stringMember(entry, 'modality') === name) return count(entry, 'tokenCount');
  return null;
}

function count(value: JsonValue | undefined, key: string): number | null {
  const number = numberMember(value, key);
  return number !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

/** The usage as a client of this dialect counts it; what went into a cache is part of the prompt. */
export function writeUsage(usage: TokenUsage): JsonObject {
  const cacheWrites = (usage.cacheWrite5mTokens ?? 0) + (usage.cacheWrite1hTokens ?? 0);
  const prompt = (usage.inputTokens ?? 0) + (usage.cacheReadTokens ?? 0) + cacheWrites;
  const output = usage.outputTokens ?? 0;
  const thoughts = Math.min(usage.reasoningTokens ?? 0, output);
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: output - thoughts,
    totalTokenCount: prompt + output,
    ...(usage.cacheReadTokens ? { cachedContentTokenCount: usage.cacheReadTokens } : {}),
    ...(thoughts > 0 ? { thoughtsTokenCount: thoughts } : {}),
    ...details('promptTokensDetails', prompt, { AUDIO: usage.audioInputTokens }),
    ...details('candidatesTokensDetails', output - thoughts, {
      AUDIO: usage.audioOutputTokens,
      IMAGE: usage.imageOutputTokens,
    }),
  };
}

/** The split by modality, told only where there is more than text. */
function details(name: string, total: number, counts: Readonly<Record<string, number | null>>): JsonObject {
  const told = Object.entries(counts).flatMap(([modality, tokenCount]) =>
    tokenCount === null || tokenCount === 0 ? [] : [{ modality, tokenCount }],
  );
  if (told.length === 0) return {};
  const text = total - told.reduce((sum, entry) => sum + entry.tokenCount, 0);
  return { [name]: text > 0 ? [{ modality: 'TEXT', tokenCount: text }, ...told] : told };
}
