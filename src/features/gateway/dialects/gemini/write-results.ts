import type { Losses } from '#features/gateway/conversation/losses';
import type { ToolResultPart } from '#features/gateway/conversation/part';
import type { JsonObject } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { isMadeCallId } from './call-ids.ts';
import { writeResponse } from './function-response.ts';
import { generationOf } from './model-generation.ts';
import { invalidRequest } from './request-message.ts';
import { type WrittenPart, writePart } from './write-parts.ts';
import { TOOL_NAME_CHARACTERS_MAX } from './write-tools.ts';

/**
 * Appends a result to `results`. Its media stand in the response itself where the model takes them there, else behind
 * a label in `rest`. `calledName` is the name of the call that it answers.
 */
export function writeResult(
  result: ToolResultPart,
  calledName: string | undefined,
  results: WrittenPart[],
  rest: WrittenPart[],
  to: Target,
  losses: Losses,
): void {
  const name = calledName ?? result.name;
  if (name === null || name === '') {
    const remedy = 'send the assistant turn with the tool call right before its result';
    throw invalidRequest(result.at, 'answers no tool call', remedy);
  }
  if (result.cache !== null) losses.drop(result.cache.at);
  for (const part of result.content) {
    if (part.type === 'text' && part.cache !== null) losses.drop(part.cache.at);
    if (part.type === 'text' && part.citations.length > 0) losses.drop(`${part.at}.citations`);
  }
  const parts = writeMedia(result, name, rest, to, losses);
  results.push({
    value: {
      functionResponse: {
        ...(isMadeCallId(result.callId) ? {} : { id: result.callId }),
        name: to.toolNames.outward(name, TOOL_NAME_CHARACTERS_MAX),
        response: writeResponse(result.content, result.isError),
        ...(parts.length === 0 ? {} : { parts }),
      },
    },
    at: result.at,
  });
}

/** The parts of the response; models before the third generation get them said by the user instead. */
function writeMedia(
  result: ToolResultPart,
  name: string,
  rest: WrittenPart[],
  to: Target,
  losses: Losses,
): readonly JsonObject[] {
  const inside: WrittenPart[] = [];
  const takesMedia = generationOf(to.model).isThird;
  for (const part of result.content) {
    if (part.type === 'text') continue;
    const isText = part.type === 'document' && part.source.kind === 'text';
    if (takesMedia && part.type !== 'audio' && !isText) {
      writePart(part, inside, to, losses);
    } else {
      losses.change(part.at);
      rest.push({ value: { text: `The ${part.type} that ${name} returned:` }, at: part.at });
      writePart(part, rest, to, losses);
    }
  }
  return inside.map((part) => part.value);
}
