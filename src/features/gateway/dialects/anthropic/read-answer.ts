import type { Answer } from '#features/gateway/conversation/answer';
import type { Part } from '#features/gateway/conversation/part';
import { OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { readCitations } from './citations.ts';
import { readRedactedThinking, readThinking } from './reasoning-blocks.ts';
import { readStop } from './stop.ts';
import { argumentsOfInput } from './tool-input.ts';
import { readUsage } from './usage.ts';

export function readAnswer(body: JsonValue, from: Target): Answer {
  if (!isJsonObject(body) || !Array.isArray(body.content)) throw notAnAnswer(body);
  const parts = body.content.flatMap((block: JsonValue, index) =>
    isJsonObject(block) ? readAnswerBlock(block, index, from) : [],
  );
  return {
    id: stringMember(body, 'id') ?? null,
    model: stringMember(body, 'model') ?? null,
    parts,
    stop: readStop(
      body,
      parts.some((part) => part.type === 'tool_call'),
    ),
    usage: readUsage(body.usage),
  };
}

/** A block without what makes it a part of an answer is left out, as clients would have to. */
function readAnswerBlock(block: JsonObject, index: number, from: Target): readonly Part[] {
  const type = stringMember(block, 'type');
  if (type === undefined) return [];
  switch (type) {
    case 'text': {
      const text = stringMember(block, 'text') ?? '';
      return [{ type: 'text', text, citations: readCitations(block.citations), cache: null, at: '' }];
    }
    case 'thinking':
      return [readThinking(block, { at: '', beyond: [] })];
    case 'redacted_thinking':
      return [readRedactedThinking(block, '')];
    case 'tool_use':
      return [
        {
          type: 'tool_call',
          id: callIdOf(block, index),
          name: from.toolNames.back(stringMember(block, 'name') ?? ''),
          argumentsText: argumentsOfInput(block.input),
          proof: null,
          cache: null,
          at: '',
        },
      ];
    default:
      return [{ type: 'native', dialect: 'anthropic', kind: type, value: block, at: '' }];
  }
}

/** The upstream's id, or one of the call's place where it has none. */
export function callIdOf(block: JsonObject, index: number): string {
  const id = stringMember(block, 'id');
  return id === undefined || id === '' ? `toolu_${index}` : id;
}

function notAnAnswer(body: JsonValue): OperatingError {
  const type = stringMember(body, 'type');
  const told = type === undefined ? 'no message' : `a value of type ${JSON.stringify(type.slice(0, 64))}`;
  return new OperatingError('upstream', 'upstream_not_an_answer', `the upstream answered with ${told}`, {
    remedy: 'check that the endpoint of the route speaks the Messages API',
  });
}
