import type { Conversation, Tool, ToolChoice } from '#features/gateway/conversation/conversation';
import { NO_USAGE, type TokenUsage } from '#features/gateway/usage';
import type { JsonObject, JsonValue } from '#foundation/json';
import type { AnswerFrame } from '../dialect.ts';
import { freeformNames } from './freeform.ts';
import type { WrittenStop } from './stop.ts';
import { writeUsage } from './usage.ts';

/** Letters and digits of the request's id, of which all ids of a response are made. */
export function idBase(as: AnswerFrame): string {
  return as.requestId.replace(/[^A-Za-z0-9]/g, '');
}

/** What a response says of itself before it says anything: the same at the beginning and at the end of a stream. */
export function responseHead(as: AnswerFrame): JsonObject {
  const { conversation: asked } = as;
  return {
    id: `resp_${idBase(as)}`,
    object: 'response',
    created_at: as.createdAtSeconds,
    model: as.model,
    access_programs: null,
    background: false,
    instructions: asked.system.find((part) => part.at === 'instructions')?.text ?? null,
    max_output_tokens: asked.maxOutputTokens?.value ?? null,
    max_tool_calls: null,
    metadata: {},
    parallel_tool_calls: asked.parallelToolCalls?.value ?? true,
    previous_response_id: null,
    prompt_cache_key: asked.promptCacheKey?.value ?? null,
    reasoning: {
      effort: asked.reasoning?.value.effort ?? null,
      summary: asked.reasoning?.value.display === 'summarized' ? 'auto' : null,
    },
    safety_identifier: asked.endUser?.value ?? null,
    store: false,
    temperature: asked.temperature?.value ?? 1,
    text: { format: formatOf(asked), verbosity: asked.verbosity?.value ?? 'medium' },
    tool_choice: choiceOf(asked),
    tools: asked.tools.map(toolOf),
    top_logprobs: 0,
    top_p: asked.topP?.value ?? 1,
    truncation: 'disabled',
    user: null,
  };
}

function formatOf({ outputFormat }: Conversation): JsonObject {
  if (outputFormat === null) return { type: 'text' };
  const { value } = outputFormat;
  if (value.type === 'json') return { type: 'json_object' };
  const { name, description, schema, strict } = value;
  return { type: 'json_schema', name: name ?? 'answer', description, schema, strict: strict ?? false };
}

function choiceOf({ toolChoice, tools }: Conversation): JsonValue {
  const choice: ToolChoice = toolChoice?.value ?? { type: 'auto' };
  const freeform = freeformNames(tools);
  const named = (name: string): JsonObject => ({ type: freeform.has(name) ? 'custom' : 'function', name });
  if (choice.type === 'named') return named(choice.name);
  if (choice.type !== 'required' || choice.names === null) return choice.type;
  return { type: 'allowed_tools', mode: 'required', tools: choice.names.map(named) };
}

function toolOf(tool: Tool): JsonValue {
  if (tool.type === 'provider') return tool.value;
  const { name, description, schema, strict } = tool;
  if (tool.isFreeform === true)
    return { type: 'custom', name, description: description ?? '', format: { type: 'text' } };
  return { type: 'function', name, description, parameters: schema, strict: strict?.value ?? null };
}

/** How far a response has come; what of it changes on the way. */
export type ResponseState = {
  readonly stop: WrittenStop | { readonly status: 'in_progress' | 'failed'; readonly incomplete_details: null };
  readonly error: JsonObject | null;
  readonly usage: TokenUsage | null;
};

export const IN_PROGRESS: ResponseState = {
  stop: { status: 'in_progress', incomplete_details: null },
  error: null,
  usage: null,
};

/** Tiers that clients know; the words of other providers mean nothing to them. */
const TIERS = ['flex', 'scale', 'priority', 'ultrafast'];

/** The members that change; `output` stands beside them. */
export function responseState({ stop, error, usage }: ResponseState, as: AnswerFrame): JsonObject {
  const tier = (usage ?? NO_USAGE).serviceTier;
  return {
    ...stop,
    error,
    service_tier: tier !== null && TIERS.includes(tier) ? tier : usage === null ? 'auto' : 'default',
    usage: usage === null ? null : writeUsage(usage, as.estimatedInputTokens),
  };
}
