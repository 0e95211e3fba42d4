import { isJsonObject, type JsonObject, type JsonValue, numberMember, stringMember } from '#foundation/json';

/** Tokens as the upstream counted them; null where it said nothing. `inputTokens` excludes what the cache served or took. */
export type TokenUsage = {
  readonly inputTokens: number | null;
  /** Reasoning included. */
  readonly outputTokens: number | null;
  readonly cacheReadTokens: number | null;
  readonly cacheWrite5mTokens: number | null;
  readonly cacheWrite1hTokens: number | null;
  readonly reasoningTokens: number | null;
  /** Included in `inputTokens` and `outputTokens`; priced apart where a price says so. */
  readonly audioInputTokens: number | null;
  readonly audioOutputTokens: number | null;
  readonly imageOutputTokens: number | null;
  readonly webSearches: number;
  /** Made by a tool of the upstream's and counted in no tokens. */
  readonly generatedImages: number;
  /** By which the upstream served, in its own word; null for its standard one. */
  readonly serviceTier: string | null;
  /** False for modes such as `fast` that list prices do not cover. */
  readonly atListPrice: boolean;
  /** What other models did on the way, by the upstream's own account: an advisor, for instance. */
  readonly others: readonly { readonly model: string; readonly usage: TokenUsage }[];
};

export const NO_USAGE: TokenUsage = {
  inputTokens: null,
  outputTokens: null,
  cacheReadTokens: null,
  cacheWrite5mTokens: null,
  cacheWrite1hTokens: null,
  reasoningTokens: null,
  audioInputTokens: null,
  audioOutputTokens: null,
  imageOutputTokens: null,
  webSearches: 0,
  generatedImages: 0,
  serviceTier: null,
  atListPrice: true,
  others: [],
};

export const NOTHING_USED: TokenUsage = {
  ...NO_USAGE,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  reasoningTokens: 0,
};

/**
 * Usage after one more report. Reports are running totals: a later value replaces an earlier one, what a report
 * leaves out or sets to null stays, and nothing is ever added up.
 */
export function mergeUsage(before: JsonObject, report: JsonValue | undefined): JsonObject {
  if (!isJsonObject(report)) return before;
  const merged: Record<string, JsonValue> = {};
  for (const source of [before, report]) {
    for (const [key, value] of Object.entries(source)) {
      if (value !== null && value !== undefined) merged[key] = value;
    }
  }
  return merged;
}

/** Reads merged usage; counts that are not whole and positive are taken as not reported. */
export function readUsage(reported: JsonObject): TokenUsage {
  const compaction = iterations(reported, 'compaction').map(countsOf);
  const own = countsOf(reported);
  return {
    ...NO_USAGE,
    ...[own, ...compaction].reduce(addCounts),
    reasoningTokens: count(reported.output_tokens_details, 'thinking_tokens'),
    webSearches: count(reported.server_tool_use, 'web_search_requests') ?? 0,
    atListPrice: reported.speed === undefined || reported.speed === 'standard',
    others: iterations(reported, 'advisor_message').flatMap((entry) => {
      const model = stringMember(entry, 'model');
      return model === undefined ? [] : [{ model, usage: plainUsage(countsOf(entry)) }];
    }),
  };
}

type Counts = Pick<
  TokenUsage,
  'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheWrite5mTokens' | 'cacheWrite1hTokens'
>;

function countsOf(reported: JsonObject): Counts {
  return {
    inputTokens: count(reported, 'input_tokens'),
    outputTokens: count(reported, 'output_tokens'),
    cacheReadTokens: count(reported, 'cache_read_input_tokens'),
    ...cacheWrites(reported),
  };
}

/** The split by lifetime where it is told; the total is what counts, and what the split leaves of it is five-minute. */
function cacheWrites(reported: JsonObject): Pick<Counts, 'cacheWrite5mTokens' | 'cacheWrite1hTokens'> {
  const total = count(reported, 'cache_creation_input_tokens');
  const fiveMinutes = count(reported.cache_creation, 'ephemeral_5m_input_tokens');
  const oneHour = count(reported.cache_creation, 'ephemeral_1h_input_tokens');
  if (total === null) return { cacheWrite5mTokens: fiveMinutes, cacheWrite1hTokens: oneHour };
  const hour = Math.min(oneHour ?? 0, total);
  return { cacheWrite5mTokens: total - hour, cacheWrite1hTokens: hour };
}

/** Entries of `usage.iterations` that the totals beside them do not include. */
function iterations(reported: JsonObject, type: string): readonly JsonObject[] {
  const entries = reported.iterations;
  if (!Array.isArray(entries)) return [];
  return entries.filter((entry: JsonValue): entry is JsonObject => isJsonObject(entry) && entry.type === type);
}

function addCounts(left: Counts, right: Counts): Counts {
  return {
    inputTokens: add(left.inputTokens, right.inputTokens),
    outputTokens: add(left.outputTokens, right.outputTokens),
    cacheReadTokens: add(left.cacheReadTokens, right.cacheReadTokens),
    cacheWrite5mTokens: add(left.cacheWrite5mTokens, right.cacheWrite5mTokens),
    cacheWrite1hTokens: add(left.cacheWrite1hTokens, right.cacheWrite1hTokens),
  };
}

function add(left: number | null, right: number | null): number | null {
  return left === null && right === null ? null : (left ?? 0) + (right ?? 0);
}

function plainUsage(counts: Counts): TokenUsage {
  return { ...NO_USAGE, ...counts };
}

function count(value: JsonValue | undefined, key: string): number | null {
  const number = numberMember(value, key);
  return number !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : null;
}
