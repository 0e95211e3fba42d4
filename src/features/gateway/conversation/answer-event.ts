import type { TokenUsage } from '../usage.ts';
import type { Stop } from './answer.ts';
import type { ModelError } from './model-error.ts';
import type { Citation, Part, ReasoningProof } from './part.ts';

/**
 * A piece of a streamed answer, in no dialect. The order is a grammar that every reader keeps and every writer may
 * trust:
 *
 *     start (part | open delta* close)* finish          with usage anywhere after start
 *
 * or the same, cut anywhere, and `error`. Parts are strictly one after the other: what an upstream sends interleaved,
 * its reader puts in order (`sequence-parts.ts`).
 */
export type AnswerEvent =
  | { readonly type: 'start'; readonly id: string | null; readonly model: string | null }
  /** A part that arrives whole: a picture, hidden reasoning, a native part. */
  | { readonly type: 'part'; readonly part: Part }
  | { readonly type: 'open'; readonly part: OpenPart }
  /** Belongs to the open part: text of a text, reasoning or refusal part, JSON text of a tool call's arguments. */
  | { readonly type: 'delta'; readonly text: string }
  | { readonly type: 'citation'; readonly citation: Citation }
  /** `proof` belongs to the part that closes: a reasoning part, or a tool call. */
  | { readonly type: 'close'; readonly proof: ReasoningProof | null }
  /** The running total so far; a later one replaces it. */
  | { readonly type: 'usage'; readonly usage: TokenUsage }
  /** The regular end; the usage is final. */
  | { readonly type: 'finish'; readonly stop: Stop; readonly usage: TokenUsage }
  /** The upstream failed, or broke off. Nothing comes after it. */
  | { readonly type: 'error'; readonly error: ModelError };

export type OpenPart =
  | { readonly type: 'text' | 'reasoning' | 'refusal' }
  | { readonly type: 'tool_call'; readonly id: string; readonly name: string };
