import type { Answer } from '#features/gateway/conversation/answer';
import type { Part } from '#features/gateway/conversation/part';
import type { JsonObject } from '#foundation/json';
import type { AnswerFrame } from '../dialect.ts';
import { citationBlock } from './citations.ts';
import { callProofBlock, reasoningBlock } from './reasoning-blocks.ts';
import { writeStop } from './stop.ts';
import { inputOfArguments } from './tool-input.ts';
import { writeUsage } from './usage.ts';

export function writeAnswer(answer: Answer, as: AnswerFrame): JsonObject {
  const hasRefusal = answer.parts.some((part) => part.type === 'refusal');
  return {
    ...messageHead(as),
    content: answer.parts.flatMap(writeAnswerPart),
    ...writeStop(answer.stop, hasRefusal),
    usage: { ...writeUsage(answer.usage), input_tokens: answer.usage.inputTokens ?? as.estimatedInputTokens },
  };
}

/** What a message says before it says anything: the same in a whole answer and in `message_start`. */
export function messageHead(as: AnswerFrame): JsonObject {
  return {
    id: `msg_${as.requestId.replace(/[^A-Za-z0-9]/g, '')}`,
    type: 'message',
    role: 'assistant',
    model: as.model,
    container: null,
  };
}

/** The blocks of one part of an answer, for a client; none where there is nothing to say. */
export function writeAnswerPart(part: Part): readonly JsonObject[] {
  switch (part.type) {
    case 'text': {
      if (part.text === '' && part.citations.length === 0) return [];
      const citations = part.citations.length === 0 ? null : part.citations.map(citationBlock);
      return [{ type: 'text', text: part.text, citations }];
    }
    case 'refusal':
      return part.text === '' ? [] : [{ type: 'text', text: part.text, citations: null }];
    case 'reasoning': {
      const block = reasoningBlock(part);
      return block === undefined ? [] : [block];
    }
    case 'tool_call': {
      const call = {
        ...toolUseHead(part.id, part.name),
        input: inputOfArguments(part.argumentsText),
      };
      return part.proof === null ? [call] : [call, callProofBlock(part.proof, part.id)];
    }
    case 'native':
      return part.dialect === 'anthropic' && isBlock(part.value) ? [part.value] : [];
    case 'image':
    case 'audio':
    case 'document':
      return [{ type: 'text', text: withoutPlace(part), citations: null }];
    case 'tool_result':
      return [];
  }
}

export function toolUseHead(id: string, name: string): JsonObject {
  return { type: 'tool_use', id, caller: { type: 'direct' }, name, input: {} };
}

function isBlock(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && 'type' in value;
}

/** An answer of the Messages API holds no media, so its reader is told what came. */
function withoutPlace(part: Part & { type: 'image' | 'audio' | 'document' }): string {
  return `[The model answered with ${part.type === 'audio' ? 'audio' : `an ${part.type}`}, which this API cannot carry.]`;
}
