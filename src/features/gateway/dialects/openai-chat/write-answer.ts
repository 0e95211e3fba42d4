import type { Answer } from '#features/gateway/conversation/answer';
import type { Part, ReasoningPart, TextPart, ToolCallPart } from '#features/gateway/conversation/part';
import type { JsonObject, JsonValue } from '#foundation/json';
import type { AnswerFrame } from '../dialect.ts';
import { writeAnnotations } from './annotations.ts';
import { writeAnswerAudio, writeAnswerImage } from './answer-media.ts';
import { callProofMembers } from './call-proofs.ts';
import { freeformNames, inputOfArguments } from './freeform.ts';
import { clientDetail } from './reasoning-details.ts';
import { writeStop } from './stop.ts';
import { writeUsage } from './usage.ts';

export function writeAnswer(answer: Answer, as: AnswerFrame): JsonObject {
  const { parts, stop, usage } = answer;
  const freeform = freeformNames(as.conversation.tools);
  const calls = parts.filter((part) => part.type === 'tool_call');
  const refusal = parts.map((part) => (part.type === 'refusal' ? part.text : '')).join('');
  const content = textOf(parts);
  const message: JsonObject = {
    role: 'assistant',
    content: content === '' && (calls.length > 0 || refusal !== '') ? null : content,
    refusal: refusal === '' ? null : refusal,
    ...reasoningMembers(parts.filter((part) => part.type === 'reasoning')),
    ...annotationMembers(parts),
    ...mediaMembers(parts, as),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map((call) => writeCall(call, freeform.has(call.name))) }),
  };
  const held = { hasCalls: calls.length > 0, hasRefusal: refusal !== '' };
  return {
    id: answerId(as),
    object: 'chat.completion',
    created: as.createdAtSeconds,
    model: as.model,
    choices: [{ index: 0, message, logprobs: null, ...writeStop(stop, held) }],
    usage: writeUsage(usage, as.estimatedInputTokens),
    ...(usage.serviceTier === null ? {} : { service_tier: usage.serviceTier }),
  };
}

export function answerId(as: AnswerFrame): string {
  return `chatcmpl-${as.requestId.replace(/[^A-Za-z0-9]/g, '')}`;
}

/** All texts are one content, in their order. */
function textOf(parts: readonly Part[]): string {
  return parts.map((part) => (part.type === 'text' ? part.text : part.type === 'document' ? LEFT_OUT : '')).join('');
}

/** An answer of this dialect holds no documents, so its reader is told that one came. */
export const LEFT_OUT = '[The model answered with a document, which this API cannot carry.]';

/** The text for those who show it, and every part with its proof for those who send it back. */
function reasoningMembers(reasoning: readonly ReasoningPart[]): JsonObject {
  const text = reasoning.map((part) => part.text).join('');
  const isProven = reasoning.some(({ proof }) => proof !== null);
  const details = reasoning.flatMap((part, index): readonly JsonObject[] => {
    const detail = isProven ? clientDetail(part.text, part.proof, index) : undefined;
    return detail === undefined ? [] : [detail];
  });
  return {
    ...(text === '' ? {} : { reasoning_content: text }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
  };
}

function annotationMembers(parts: readonly Part[]): JsonObject {
  const annotations: JsonObject[] = [];
  let start = 0;
  for (const part of parts.filter((known): known is TextPart => known.type === 'text')) {
    annotations.push(...writeAnnotations(part.citations, start, part.text.length));
    start += part.text.length;
  }
  return annotations.length === 0 ? {} : { annotations };
}

function mediaMembers(parts: readonly Part[], as: AnswerFrame): JsonObject {
  const images = parts.flatMap((part): readonly JsonValue[] => {
    const image = part.type === 'image' ? writeAnswerImage(part, 0) : undefined;
    return image === undefined ? [] : [image];
  });
  const audio = parts.find((part) => part.type === 'audio');
  return {
    ...(images.length === 0 ? {} : { images }),
    ...(audio === undefined ? {} : { audio: writeAnswerAudio(audio, as.requestId) }),
  };
}

function writeCall({ id, name, argumentsText, proof }: ToolCallPart, isFreeform: boolean): JsonObject {
  const called = isFreeform
    ? { type: 'custom', custom: { name, input: inputOfArguments(argumentsText) } }
    : { type: 'function', function: { name, arguments: argumentsText } };
  return { id, ...called, ...callProofMembers(proof) };
}
