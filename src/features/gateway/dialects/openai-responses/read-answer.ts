import type { Answer } from '#features/gateway/conversation/answer';
import type { Part, TextPart } from '#features/gateway/conversation/part';
import { OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { readAnnotations } from './annotations.ts';
import { errorOfEvent } from './errors.ts';
import { argumentsOfInput } from './freeform.ts';
import { readArguments } from './read-items.ts';
import { readReasoningItem } from './reasoning-items.ts';
import { readStop } from './stop.ts';
import { readResponseUsage } from './usage.ts';

export function readAnswer(body: JsonValue, from: Target): Answer {
  if (!isJsonObject(body)) throw notAnAnswer('no response');
  const { status } = body;
  if (status === 'failed' || isJsonObject(body.error)) {
    throw notAnAnswer(`an error: ${errorOfEvent(body).message}`, 'send the request again');
  }
  if (!Array.isArray(body.output)) throw notAnAnswer('no response');
  if (status !== undefined && status !== null && status !== 'completed' && status !== 'incomplete') {
    throw notAnAnswer(`a response that is ${JSON.stringify(String(status).slice(0, 64))}`);
  }
  const parts = body.output.flatMap((item: JsonValue, index) =>
    isJsonObject(item) ? readOutputItem(item, index, from) : [],
  );
  return {
    id: stringMember(body, 'id') ?? null,
    model: stringMember(body, 'model') ?? null,
    parts,
    stop: readStop(body, parts.some(isCall)),
    usage: readResponseUsage(body),
  };
}

function isCall(part: Part): boolean {
  return part.type === 'tool_call';
}

/** The parts of one item. An item without what makes it a part of an answer is left out, as clients would have to. */
export function readOutputItem(item: JsonObject, index: number, from: Target): readonly Part[] {
  const type = stringMember(item, 'type');
  switch (type) {
    case undefined:
      return [];
    case 'message':
      return Array.isArray(item.content) ? item.content.flatMap(readOutputContent) : [];
    case 'function_call':
    case 'custom_tool_call':
      return [
        {
          type: 'tool_call',
          id: callIdOf(item, index),
          name: from.toolNames.back(stringMember(item, 'name') ?? ''),
          argumentsText:
            type === 'function_call' ? readArguments(item) : argumentsOfInput(stringMember(item, 'input') ?? ''),
          proof: null,
          cache: null,
          at: '',
        },
      ];
    case 'reasoning': {
      const part = readReasoningItem(item, '');
      return part === undefined ? [] : [part];
    }
    default:
      return [{ type: 'native', dialect: 'openai-responses', kind: type, value: item, at: '' }];
  }
}

function readOutputContent(part: JsonValue): readonly Part[] {
  if (!isJsonObject(part)) return [];
  if (part.type === 'refusal') return [{ type: 'refusal', text: stringMember(part, 'refusal') ?? '', at: '' }];
  const text = stringMember(part, 'text');
  if (text === undefined) return [];
  const read: TextPart = { type: 'text', text, citations: readAnnotations(part.annotations), cache: null, at: '' };
  return text === '' && read.citations.length === 0 ? [] : [read];
}

/** The id by which a result names its call, which is not the item's; or one of its place where there is none. */
export function callIdOf(item: JsonObject, index: number): string {
  const told = stringMember(item, 'call_id') ?? '';
  const id = told === '' ? (stringMember(item, 'id') ?? '') : told;
  return id === '' ? `call_${index}` : id;
}

const REMEDY = 'check that the endpoint of the route speaks the Responses API';

function notAnAnswer(what: string, remedy = REMEDY): OperatingError {
  return new OperatingError('upstream', 'upstream_not_an_answer', `the upstream answered with ${what}`, { remedy });
}
