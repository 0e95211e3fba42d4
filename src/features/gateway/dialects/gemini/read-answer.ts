import type { Answer } from '#features/gateway/conversation/answer';
import type { Citation, Part } from '#features/gateway/conversation/part';
import { OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { argumentsOfArgs } from './call-arguments.ts';
import { madeCallId } from './call-ids.ts';
import { readCitations, webSearchesOf } from './grounding.ts';
import { generationOf } from './model-generation.ts';
import { readContentPart } from './read-parts.ts';
import { blockedPrompt, stopOf } from './stop.ts';
import { proofOfSignature } from './thought-signatures.ts';
import { readUsage } from './usage.ts';

/** Throws `upstream` for a 200 that holds neither a candidate nor a refused prompt. */
export function readAnswer(body: JsonValue, from: Target): Answer {
  if (!isJsonObject(body)) throw notAnAnswer('no JSON object');
  const id = stringMember(body, 'responseId') ?? null;
  const model = stringMember(body, 'modelVersion') ?? null;
  const usage = readUsage(body.usageMetadata);
  const candidate = firstCandidate(body);
  if (candidate === undefined) {
    const stop = blockedPrompt(body);
    if (stop === undefined) throw notAnAnswer('neither candidates nor promptFeedback');
    return { id, model, parts: [], stop, usage };
  }
  const parts = readParts(candidate, id ?? '', from);
  const hasCalls = parts.some((part) => part.type === 'tool_call');
  const webSearches = webSearchesOf(candidate, generationOf(from.model).isThird);
  return {
    id,
    model,
    parts,
    stop: stopOf(stringMember(candidate, 'finishReason') ?? 'STOP', stringMember(candidate, 'finishMessage'), hasCalls),
    usage: { ...usage, webSearches },
  };
}

function notAnAnswer(what: string): OperatingError {
  return new OperatingError('upstream', 'upstream_not_an_answer', `the upstream's answer holds ${what}`, {
    remedy: "check the route's endpoint and wire",
  });
}

export function firstCandidate(chunk: JsonObject): JsonObject | undefined {
  const { candidates } = chunk;
  return Array.isArray(candidates) ? candidates.find(isJsonObject) : undefined;
}

/** The parts of a candidate's content; what is no object is passed over. */
export function contentParts(candidate: JsonObject): readonly JsonObject[] {
  const parts = isJsonObject(candidate.content) ? candidate.content.parts : undefined;
  return Array.isArray(parts) ? parts.filter(isJsonObject) : [];
}

function readParts(candidate: JsonObject, responseId: string, from: Target): readonly Part[] {
  const sent = contentParts(candidate);
  const citations = citationsByPart(candidate, sent);
  let calls = 0;
  return sent.flatMap((part, index): readonly Part[] => {
    const call = part.functionCall;
    if (isJsonObject(call))
      return [readCall(call, part, madeCallId(responseId, calls++, stringMember(call, 'name') ?? ''), from)];
    const parts = readContentPart(part, '') ?? [];
    const cited = citations.get(index);
    return cited === undefined
      ? parts
      : parts.map((read) => (read.type === 'text' ? { ...read, citations: cited } : read));
  });
}

export function readCall(
  call: JsonObject,
  part: JsonObject,
  madeId: string,
  from: Target,
): Part & { type: 'tool_call' } {
  const id = stringMember(call, 'id') ?? '';
  return {
    type: 'tool_call',
    id: id === '' ? madeId : id,
    name: from.toolNames.back(stringMember(call, 'name') ?? ''),
    argumentsText: argumentsOfArgs(call.args),
    proof: proofOfSignature(stringMember(part, 'thoughtSignature'), 'signature'),
    cache: null,
    at: '',
  };
}

function citationsByPart(
  candidate: JsonObject,
  parts: readonly JsonObject[],
): ReadonlyMap<number, readonly Citation[]> {
  const byPart = new Map<number, Citation[]>();
  const isText = (part: JsonObject | undefined) => typeof part?.text === 'string' && part.thought !== true;
  const lastText = parts.findLastIndex(isText);
  const textOf = (index: number) => (isText(parts[index]) ? stringMember(parts[index], 'text') : undefined);
  for (const { partIndex, citation } of readCitations(candidate, textOf)) {
    const index = partIndex !== null && isText(parts[partIndex]) ? partIndex : lastText;
    const list = byPart.get(index) ?? [];
    byPart.set(index, list);
    list.push(index === partIndex || partIndex === null ? citation : { ...citation, span: null });
  }
  return byPart;
}
