import type { JsonObject, JsonValue } from '#foundation/json';
import type { Wire } from '../config.ts';
import type { CacheMarker, Part, Stated, TextPart } from './part.ts';

/**
 * A model request in no dialect. Every reader makes one and every writer takes one, so that four dialects need eight
 * translations and not twelve. Each thing keeps its place in the client's body: whoever cannot express it says where
 * it stood.
 */
export type Conversation = {
  readonly dialect: Wire;
  /** As the client named it. */
  readonly model: string;
  /** What stands before the first turn, block by block. Later words of the system are turns. */
  readonly system: readonly TextPart[];
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
  readonly toolChoice: Stated<ToolChoice> | null;
  /** False: at most one tool call in an answer. */
  readonly parallelToolCalls: Stated<boolean> | null;
  /** Reasoning included. */
  readonly maxOutputTokens: Stated<number> | null;
  readonly temperature: Stated<number> | null;
  readonly topP: Stated<number> | null;
  readonly topK: Stated<number> | null;
  readonly seed: Stated<number> | null;
  readonly frequencyPenalty: Stated<number> | null;
  readonly presencePenalty: Stated<number> | null;
  readonly stopSequences: Stated<readonly string[]> | null;
  readonly reasoning: Stated<Reasoning> | null;
  readonly outputFormat: Stated<OutputFormat> | null;
  readonly serviceTier: Stated<'auto' | 'default' | 'flex' | 'priority'> | null;
  /** Who the client's own end user is, in the client's words. */
  readonly endUser: Stated<string> | null;
  readonly verbosity: Stated<'low' | 'medium' | 'high'> | null;
  readonly promptCacheKey: Stated<string> | null;
  readonly isStreaming: boolean;
  /** Whether a stream is to tell its usage; only OpenAI Chat has to be asked. */
  readonly streamsUsage: boolean;
  /** Places in the body of which this type has no notion, known and unknown members alike: another dialect cannot get them. */
  readonly beyond: readonly string[];
};

export type Turn = {
  readonly role: 'user' | 'assistant' | 'system';
  /** Tool results stand in a turn of the user, before anything else in it; all results of one assistant turn in one. */
  readonly parts: readonly Part[];
  readonly at: string;
};

export type Tool = FunctionTool | ProviderTool;

/** A function that the client runs. */
export type FunctionTool = {
  readonly type: 'function';
  readonly name: string;
  readonly description: string | null;
  /** JSON Schema with its members in the client's order; null for a function without parameters. */
  readonly schema: JsonObject | null;
  readonly strict: Stated<boolean> | null;
  /**
   * The model calls it with text instead of JSON (OpenAI's custom tools). Its calls have the arguments
   * `{"input": "<the text>"}`, and its schema says so to targets that know nothing but JSON.
   */
  readonly isFreeform?: true;
  readonly cache: CacheMarker | null;
  readonly at: string;
};

/** A tool that the provider runs. `web_search` has a counterpart elsewhere; what is `other` is known by its name only. */
export type ProviderTool = {
  readonly type: 'provider';
  readonly kind: 'web_search' | 'other';
  readonly dialect: Wire;
  /** As its dialect writes it: `web_search_20250305`, `code_interpreter`, `googleSearch`. */
  readonly name: string;
  readonly value: JsonValue;
  readonly cache: CacheMarker | null;
  readonly at: string;
};

export type ToolChoice =
  | { readonly type: 'auto' | 'none' }
  /** At least one tool must be called; only one of `names` when they are given. */
  | { readonly type: 'required'; readonly names: readonly string[] | null }
  /** This tool must be called. */
  | { readonly type: 'named'; readonly name: string };

export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

export type Effort = (typeof EFFORTS)[number];

export type Reasoning = {
  /** `adaptive`: the model decides how long it thinks. */
  readonly mode: 'off' | 'on' | 'adaptive';
  readonly budgetTokens: number | null;
  readonly effort: Effort | null;
  /** What the client wants to see of it; null leaves it to the model's default. */
  readonly display: 'full' | 'summarized' | 'omitted' | null;
};

export type OutputFormat =
  | { readonly type: 'json' }
  | {
      readonly type: 'json_schema';
      readonly name: string | null;
      readonly description: string | null;
      readonly schema: JsonObject;
      readonly strict: boolean | null;
    };
