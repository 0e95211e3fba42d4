import type { JsonValue } from '#foundation/json';
import type { TokenUsage } from '../usage.ts';
import type { Part } from './part.ts';

/** A model's whole answer, in no dialect. */
export type Answer = {
  /** The upstream's own id. */
  readonly id: string | null;
  readonly model: string | null;
  /** Text, reasoning, tool calls, refusals, images and native parts, in the order of the answer. `at` is empty. */
  readonly parts: readonly Part[];
  readonly stop: Stop;
  readonly usage: TokenUsage;
};

export type StopReason =
  | 'end'
  | 'length'
  | 'tool_use'
  | 'stop_sequence'
  | 'refusal'
  /** The provider paused its own tools' loop; to be sent again as it is. */
  | 'paused'
  | 'context_exceeded'
  /** The model tried to call a tool and failed. */
  | 'malformed_tool_call';

export type Stop = {
  readonly reason: StopReason;
  /** Which one, where the upstream tells. */
  readonly sequence: string | null;
  /** The upstream's own word and details: `SAFETY`, `content_filter`. */
  readonly detail: JsonValue;
};
