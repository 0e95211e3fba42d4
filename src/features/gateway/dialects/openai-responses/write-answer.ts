import type { Answer } from '#features/gateway/conversation/answer';
import type { Part, ToolCallPart } from '#features/gateway/conversation/part';
import type { JsonObject } from '#foundation/json';
import type { AnswerFrame } from '../dialect.ts';
import { freeformNames } from './freeform.ts';
import {
  annotationsOf,
  createItemIds,
  customCallItem,
  functionCallItem,
  type ItemIds,
  messageItem,
  refusalContent,
  textContent,
  wholeItem,
  withoutPlace,
} from './output-items.ts';
import { callProof, reasoningItem } from './reasoning-items.ts';
import { idBase, responseHead, responseState } from './response-head.ts';
import { writeStop } from './stop.ts';

export function writeAnswer(answer: Answer, as: AnswerFrame): JsonObject {
  const hasRefusal = answer.parts.some((part) => part.type === 'refusal');
  const stop = writeStop(answer.stop, hasRefusal);
  return {
    ...responseHead(as),
    output: writeOutput(answer.parts, stop.status, as),
    ...responseState({ stop, error: null, usage: answer.usage }, as),
  };
}

/** Texts and refusals that follow each other are one message. What was cut off is the last item. */
function writeOutput(
  parts: readonly Part[],
  status: 'completed' | 'incomplete',
  as: AnswerFrame,
): readonly JsonObject[] {
  const ids = createItemIds(idBase(as));
  const freeform = freeformNames(as.conversation.tools);
  const output: JsonObject[] = [];
  let content: JsonObject[] | undefined;
  for (const part of parts) {
    const said = writeContent(part);
    if (said === undefined) {
      content = undefined;
      output.push(...writeItems(part, ids, freeform));
    } else if (content === undefined) {
      content = [said];
      output.push(messageItem(ids.item('msg'), 'completed', content));
    } else {
      content.push(said);
    }
  }
  const last = output.at(-1);
  if (status === 'incomplete' && last?.status === 'completed') output[output.length - 1] = { ...last, status };
  return output;
}

function writeContent(part: Part): JsonObject | undefined {
  if (part.type === 'text') return textContent(part.text, annotationsOf(part.citations, part.text));
  if (part.type === 'refusal') return refusalContent(part.text);
  const note = withoutPlace(part);
  return note === undefined ? undefined : textContent(note, []);
}

function writeItems(part: Part, ids: ItemIds, freeform: ReadonlySet<string>): readonly JsonObject[] {
  switch (part.type) {
    case 'reasoning':
      return part.text === '' && part.proof === null ? [] : [reasoningItem(ids.item('rs'), part.text, part.proof)];
    case 'tool_call':
      return writeCall(part, ids, freeform);
    default: {
      const item = wholeItem(part, ids);
      return item === undefined ? [] : [item];
    }
  }
}

function writeCall(part: ToolCallPart, ids: ItemIds, freeform: ReadonlySet<string>): readonly JsonObject[] {
  const isFreeform = freeform.has(part.name);
  const call = { id: ids.item(isFreeform ? 'ctc' : 'fc'), callId: ids.call(part.id), name: part.name };
  const item = (isFreeform ? customCallItem : functionCallItem)(call, 'completed', part.argumentsText);
  if (part.proof === null) return [item];
  return [item, reasoningItem(ids.item('rs'), '', callProof(part.proof, call.callId))];
}
