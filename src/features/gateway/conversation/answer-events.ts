import { assert } from '#foundation/errors';
import type { Answer } from './answer.ts';
import type { AnswerEvent } from './answer-event.ts';
import type { Collected } from './collect-answer.ts';

/** A whole answer as the events that it would have been. */
export function* eventsOf(answer: Answer): Iterable<AnswerEvent> {
  yield { type: 'start', id: answer.id, model: answer.model };
  for (const part of answer.parts) {
    switch (part.type) {
      case 'text':
        yield { type: 'open', part: { type: 'text' } };
        yield { type: 'delta', text: part.text };
        for (const citation of part.citations) yield { type: 'citation', citation };
        yield { type: 'close', proof: null };
        break;
      case 'reasoning':
        yield { type: 'open', part: { type: 'reasoning' } };
        yield { type: 'delta', text: part.text };
        yield { type: 'close', proof: part.proof };
        break;
      case 'refusal':
        yield { type: 'open', part: { type: 'refusal' } };
        yield { type: 'delta', text: part.text };
        yield { type: 'close', proof: null };
        break;
      case 'tool_call':
        yield { type: 'open', part: { type: 'tool_call', id: part.id, name: part.name } };
        yield { type: 'delta', text: part.argumentsText };
        yield { type: 'close', proof: part.proof };
        break;
      default:
        yield { type: 'part', part };
    }
  }
  yield { type: 'finish', stop: answer.stop, usage: answer.usage };
}

/** The answer that a stream amounted to; only of one that came to its regular end. */
export function answerOf(collected: Collected): Answer {
  const { id, model, parts, stop, usage } = collected;
  assert(stop !== null, 'an answer is asked for that has no end');
  return { id, model, parts, stop, usage };
}
