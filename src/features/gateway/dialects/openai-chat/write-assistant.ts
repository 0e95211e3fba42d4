import type { Turn } from '#features/gateway/conversation/conversation';
import type { Part, ReasoningPart, ToolCallPart } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';
import { upstreamCallId } from './call-ids.ts';
import { callProofMembers } from './call-proofs.ts';
import { memberAt } from './request-place.ts';
import { contentOf, writeText } from './write-parts.ts';
import { writeReplay } from './write-replay.ts';
import { TOOL_NAME_CHARACTERS_MAX, type Writing } from './writing.ts';

/** The message of a turn of the assistant; none where nothing is left of it. */
export function writeAssistant(turn: Turn, writing: Writing): readonly JsonObject[] {
  const { accent, losses } = writing;
  tellOrder(turn, writing);
  const replay = writeReplay(turn.parts.filter(isReasoning), writing);
  const said = [...replay.parts, ...turn.parts.flatMap((part) => writeSaid(part, writing))];
  const calls = turn.parts.filter(isCall).map((call) => writeCall(call, writing));
  const refusal = refusalOf(turn.parts, writing);
  const audio = turn.parts.find(isAudioReference);
  for (const part of turn.parts) if (isLost(part)) losses.drop(part.at);
  if (said.length === 0 && calls.length === 0 && refusal === '' && audio === undefined) {
    // Reasoning alone is no answer, and is refused as one.
    for (const part of turn.parts) if (isReasoning(part)) losses.drop(part.at);
    return [];
  }
  const missing = calls.length > 0 && accent.missesReasoning && Object.keys(replay.members).length === 0;
  return [
    {
      role: 'assistant',
      content: said.length === 0 ? null : contentOf(said, accent.textParts),
      ...(refusal === '' ? {} : { refusal }),
      ...replay.members,
      // Something has to stand there, and an empty text counts as nothing.
      ...(missing ? { reasoning_content: ' ' } : {}),
      ...(audio === undefined ? {} : { audio: audio.value }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
  ];
}

/** Texts come before calls here, whatever the model did first. */
function tellOrder(turn: Turn, { losses }: Writing): void {
  let hasCalled = false;
  for (const part of turn.parts) {
    if (part.type === 'tool_call') hasCalled = true;
    else if (hasCalled && part.type === 'text' && part.text !== '') losses.change(part.at);
  }
}

function writeSaid(part: Part, writing: Writing): readonly JsonObject[] {
  if (part.type === 'text') return writeText(part, writing);
  if (part.type !== 'refusal' || writing.accent.takes.has('refusal') || part.text === '') return [];
  writing.losses.change(part.at);
  return [{ type: 'text', text: part.text }];
}

function refusalOf(parts: readonly Part[], { accent }: Writing): string {
  if (!accent.takes.has('refusal')) return '';
  return parts.map((part) => (part.type === 'refusal' ? part.text : '')).join('');
}

function isReasoning(part: Part): part is ReasoningPart {
  return part.type === 'reasoning';
}

function isCall(part: Part): part is ToolCallPart {
  return part.type === 'tool_call';
}

function isAudioReference(part: Part): part is Part & { readonly type: 'native'; readonly value: JsonValue } {
  return part.type === 'native' && part.dialect === 'openai-chat' && part.kind === 'audio' && isJsonObject(part.value);
}

/** An assistant shows nothing here, and what only another dialect knows stays there. */
function isLost(part: Part): boolean {
  if (part.type === 'native') return !isAudioReference(part);
  return part.type === 'image' || part.type === 'document' || part.type === 'audio' || part.type === 'tool_result';
}

function writeCall(call: ToolCallPart, { to, accent, losses }: Writing): JsonObject {
  const { proof, cache, at } = call;
  if (cache !== null) losses.drop(cache.at);
  const takesProof = accent.callProofs && proof?.dialect === 'gemini';
  if (proof !== null && !takesProof) losses.drop(memberAt(at, 'signature'));
  return {
    id: upstreamCallId(call.id, accent),
    type: 'function',
    function: {
      name: to.toolNames.outward(call.name, TOOL_NAME_CHARACTERS_MAX),
      arguments: call.argumentsText,
    },
    ...(takesProof ? callProofMembers(proof) : {}),
  };
}
