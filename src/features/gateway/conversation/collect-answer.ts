import { NO_USAGE, type TokenUsage } from '../usage.ts';
import type { Answer, Stop } from './answer.ts';
import type { AnswerEvent, OpenPart } from './answer-event.ts';
import type { ModelError } from './model-error.ts';
import type { Citation, Part, ReasoningProof } from './part.ts';

/** What a stream amounted to, however it ended. */
export type Collected = Omit<Answer, 'stop'> & {
  /** Null when it did not come to its regular end. */
  readonly stop: Stop | null;
  readonly error: ModelError | null;
};

export type AnswerCollector = { event(event: AnswerEvent): void; result(): Collected };

const PARTS_MAX = 1_000;

/** Keeps at most `charactersMax` of text; what is beyond is counted by nobody and missing in the result. */
export function createAnswerCollector(charactersMax: number): AnswerCollector {
  const parts: Part[] = [];
  let open: { readonly part: OpenPart; readonly texts: string[]; readonly citations: Citation[] } | undefined;
  let characters = 0;
  let id: string | null = null;
  let model: string | null = null;
  let usage: TokenUsage = NO_USAGE;
  let stop: Stop | null = null;
  let error: ModelError | null = null;

  function keep(part: Part): void {
    if (parts.length < PARTS_MAX) parts.push(part);
  }

  function close(proof: ReasoningProof | null): void {
    if (open !== undefined) keep(closedPart(open.part, open.texts.join(''), open.citations, proof));
    open = undefined;
  }

  return {
    event(event) {
      switch (event.type) {
        case 'start':
          id = event.id;
          model = event.model;
          break;
        case 'open':
          open = { part: event.part, texts: [], citations: [] };
          break;
        case 'delta':
          if (open !== undefined && characters + event.text.length <= charactersMax) {
            characters += event.text.length;
            open.texts.push(event.text);
          }
          break;
        case 'citation':
          if (open !== undefined && open.citations.length < PARTS_MAX) open.citations.push(event.citation);
          break;
        case 'close':
          close(event.proof);
          break;
        case 'part':
          keep(event.part);
          break;
        case 'usage':
          usage = event.usage;
          break;
        case 'finish':
          ({ stop, usage } = event);
          break;
        case 'error':
          ({ error } = event);
          close(null);
          break;
      }
    },
    result: () => ({ id, model, parts, stop, usage, error }),
  };
}

function closedPart(part: OpenPart, text: string, citations: readonly Citation[], proof: ReasoningProof | null): Part {
  switch (part.type) {
    case 'text':
      return { type: 'text', text, citations, cache: null, at: '' };
    case 'reasoning':
      return { type: 'reasoning', text, proof, at: '' };
    case 'refusal':
      return { type: 'refusal', text, at: '' };
    case 'tool_call':
      return { ...part, argumentsText: text === '' ? '{}' : text, proof, cache: null, at: '' };
  }
}
