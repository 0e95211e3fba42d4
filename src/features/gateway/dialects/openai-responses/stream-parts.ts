import type { Citation, ToolCallPart } from '#features/gateway/conversation/part';
import type { PartSequencer } from '#features/gateway/conversation/sequence-parts';
import { type JsonObject, stringMember } from '#foundation/json';
import { readAnnotations } from './annotations.ts';
import { argumentsOfInput } from './freeform.ts';
import { readArguments } from './read-items.ts';
import { readProof, readReasoningItem, SUMMARY_BREAK } from './reasoning-items.ts';

export type ReadContent = {
  readonly key: string;
  readonly type: 'text' | 'refusal';
  isOpen: boolean;
  hasText: boolean;
  citations: number;
};

export type ReadCall = {
  readonly key: string;
  /** Called with text, which becomes JSON on its way. */
  readonly isFreeform: boolean;
  /** Arguments that came with the start of the call, for a call without pieces. */
  readonly whole: string;
  hasText: boolean;
};

export type ReadReasoning = {
  readonly key: string;
  /** Where the words come from; a server that sends both a summary and the whole is heard once. */
  source: 'summary' | 'content' | undefined;
  index: number;
  hasText: boolean;
};

/** Parts of the intermediate from pieces of this dialect. What only an end tells is said then. */
export class StreamParts {
  readonly #sequencer: PartSequencer;

  constructor(sequencer: PartSequencer) {
    this.#sequencer = sequencer;
  }

  say(content: ReadContent, text: string): void {
    if (text === '') return;
    this.#open(content);
    content.hasText = true;
    this.#sequencer.delta(content.key, text);
  }

  cite(content: ReadContent, citation: Citation): void {
    this.#open(content);
    content.citations += 1;
    this.#sequencer.citation(content.key, citation);
  }

  /** `part` is the whole content; empty where nothing more is known of it. */
  endContent(content: ReadContent, part: JsonObject): void {
    const whole = stringMember(part, content.type === 'refusal' ? 'refusal' : 'text') ?? '';
    if (!content.hasText) this.say(content, whole);
    for (const citation of readAnnotations(part.annotations).slice(content.citations)) this.cite(content, citation);
    if (content.isOpen) this.#sequencer.close(content.key);
  }

  #open(content: ReadContent): void {
    if (content.isOpen) return;
    content.isOpen = true;
    this.#sequencer.open(content.key, { type: content.type });
  }

  openCall(key: string, { id, name, argumentsText }: ToolCallPart, isFreeform: boolean): ReadCall {
    this.#sequencer.open(key, { type: 'tool_call', id, name });
    return { key, isFreeform, whole: isFreeform || argumentsText === '{}' ? '' : argumentsText, hasText: false };
  }

  argue(call: ReadCall | undefined, text: string): void {
    if (call === undefined || text === '') return;
    const start = call.isFreeform && !call.hasText ? '{"input":"' : '';
    call.hasText = true;
    this.#sequencer.delta(call.key, call.isFreeform ? start + JSON.stringify(text).slice(1, -1) : text);
  }

  endCall(call: ReadCall, item: JsonObject): void {
    if (call.hasText) this.#sequencer.delta(call.key, call.isFreeform ? '"}' : '');
    else this.#sequencer.delta(call.key, wholeArguments(call, item));
    this.#sequencer.close(call.key);
  }

  reasoning(key: string): ReadReasoning {
    return { key, source: undefined, index: 0, hasText: false };
  }

  /** A piece of reasoning, or with `isWhole` all of it, which counts only where there were no pieces. */
  think(state: ReadReasoning, source: 'summary' | 'content', index: number, text: string, isWhole: boolean): void {
    if (text === '' || (state.source !== undefined && state.source !== source)) return;
    if (isWhole && state.hasText && index <= state.index) return;
    const isNext = state.hasText && index !== state.index;
    if (!state.hasText) this.#sequencer.open(state.key, { type: 'reasoning' });
    state.source = source;
    state.index = index;
    state.hasText = true;
    this.#sequencer.delta(state.key, isNext ? SUMMARY_BREAK + text : text);
  }

  endReasoning(state: ReadReasoning | undefined, item: JsonObject): void {
    if (state?.hasText === true) {
      this.#sequencer.close(state.key, readProof(item));
      return;
    }
    const part = readReasoningItem(item, '');
    if (part !== undefined) this.#sequencer.whole(part);
  }
}

function wholeArguments({ isFreeform, whole }: ReadCall, item: JsonObject): string {
  if (isFreeform) return argumentsOfInput(stringMember(item, 'input') ?? '');
  const last = readArguments(item);
  return last === '{}' ? whole : last;
}
