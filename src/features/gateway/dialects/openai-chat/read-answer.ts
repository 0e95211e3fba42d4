import type { Answer } from '#features/gateway/conversation/answer';
import type { Part, TextPart, ToolCallPart } from '#features/gateway/conversation/part';
import type { TokenUsage } from '#features/gateway/usage';
import { OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { readAnnotations } from './annotations.ts';
import { readAnswerMedia } from './answer-media.ts';
import { madeCallId } from './call-ids.ts';
import { readCallProof } from './call-proofs.ts';
import { toldError } from './errors.ts';
import { calledWith } from './read-calls.ts';
import { readReasoning } from './reasoning-details.ts';
import { readStop } from './stop.ts';
import { readUsage, tierOf } from './usage.ts';

export function readAnswer(body: JsonValue, from: Target): Answer {
  const choice = isJsonObject(body) && Array.isArray(body.choices) ? body.choices[0] : undefined;
  if (!isJsonObject(body) || !isJsonObject(choice) || !isJsonObject(choice.message)) throw notAnAnswer(body);
  const id = stringMember(body, 'id') ?? '';
  const parts = readMessage(choice.message, id, from);
  return {
    id: id === '' ? null : id,
    model: stringMember(body, 'model') ?? null,
    parts,
    stop: readStop(choice, {
      hasCalls: parts.some((part) => part.type === 'tool_call'),
      hasRefusal: parts.some((part) => part.type === 'refusal'),
    }),
    usage: usageOf(body, choice),
  };
}

/** Kimi tells the usage with the choice, and Groq in a member of its own where it streams. */
export function usageOf(body: JsonObject, choice: JsonObject | undefined): TokenUsage {
  const usage = readUsage(reportedUsage(body, choice));
  return { ...usage, serviceTier: usage.serviceTier ?? tierOf(body) };
}

export function reportedUsage(body: JsonObject, choice: JsonObject | undefined): JsonObject | undefined {
  if (isJsonObject(body.usage)) return body.usage;
  if (isJsonObject(choice?.usage)) return choice.usage;
  return isJsonObject(body.x_groq) && isJsonObject(body.x_groq.usage) ? body.x_groq.usage : undefined;
}

function readMessage(message: JsonObject, answerId: string, from: Target): readonly Part[] {
  const refusal = stringMember(message, 'refusal') ?? '';
  const calls = Array.isArray(message.tool_calls) ? message.tool_calls.filter(isJsonObject) : [];
  const old = isJsonObject(message.function_call) ? [{ function: message.function_call }] : [];
  return [
    ...readReasoning(message, '').map((part) => ({ ...part, at: '' })),
    ...readSaid(message),
    ...(refusal === '' ? [] : [{ type: 'refusal', text: refusal, at: '' } as const]),
    ...readAnswerMedia(message),
    ...[...calls, ...old].map((call, index) => readCall(call, index, answerId, from)),
  ];
}

/** A text, or with Mistral parts, among which it thinks. */
function readSaid(message: JsonObject): readonly Part[] {
  const { content } = message;
  if (typeof content === 'string') {
    return content === '' ? [] : [textPart(content, readAnnotations(message.annotations, 0))];
  }
  if (!Array.isArray(content)) return [];
  return content.flatMap((part: JsonValue): readonly Part[] => {
    const thinking = thinkingText(part);
    if (thinking !== '') return [{ type: 'reasoning', text: thinking, proof: null, at: '' }];
    const text = stringMember(part, 'text') ?? '';
    return text === '' ? [] : [textPart(text, [])];
  });
}

/** `{type: "thinking", thinking: [{type: "text", text}]}`: https://docs.mistral.ai/capabilities/reasoning/ */
export function thinkingText(part: JsonValue): string {
  const thinking = isJsonObject(part) && part.type === 'thinking' ? part.thinking : undefined;
  if (typeof thinking === 'string') return thinking;
  if (!Array.isArray(thinking)) return '';
  return thinking.map((piece: JsonValue) => stringMember(piece, 'text') ?? '').join('');
}

function textPart(text: string, citations: TextPart['citations']): TextPart {
  return { type: 'text', text, citations, cache: null, at: '' };
}

function readCall(call: JsonObject, index: number, answerId: string, from: Target): ToolCallPart {
  const id = stringMember(call, 'id') ?? '';
  return {
    type: 'tool_call',
    id: id === '' ? madeCallId(answerId, index) : id,
    name: from.toolNames.back(stringMember(call.function ?? call.custom, 'name') ?? ''),
    argumentsText: calledWith(call),
    proof: readCallProof(call),
    cache: null,
    at: '',
  };
}

function notAnAnswer(body: JsonValue): OperatingError {
  const told = stringMember(toldError(body), 'message');
  const what = told === undefined ? 'no choice with a message' : `an error: ${told.slice(0, 500)}`;
  return new OperatingError('upstream', 'upstream_not_an_answer', `the upstream answered with ${what}`, {
    remedy: 'check that the endpoint of the route speaks chat completions',
  });
}
