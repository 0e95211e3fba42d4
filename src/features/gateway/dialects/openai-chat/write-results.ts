import type { Conversation } from '#features/gateway/conversation/conversation';
import type { ToolResultPart } from '#features/gateway/conversation/part';
import type { JsonObject } from '#foundation/json';
import { markerMembers } from './cache-markers.ts';
import { upstreamCallId } from './call-ids.ts';
import { memberAt } from './request-place.ts';
import { contentOf, writeText, writeUserPart } from './write-parts.ts';
import type { Writing } from './writing.ts';

export type ResultWriter = {
  /** The message of the result. Its media go to `hoisted`, each behind a label, for the user's message that follows. */
  write(result: ToolResultPart, hoisted: JsonObject[]): JsonObject;
};

/** Tells the model what it otherwise could not know: the dialect has no flag for it. */
const FAILED = '[The tool failed]';

export function createResultWriter(conversation: Conversation, writing: Writing): ResultWriter {
  const names = new Map<string, string>();
  for (const turn of conversation.turns) {
    for (const part of turn.parts) if (part.type === 'tool_call') names.set(part.id, part.name);
  }
  const { accent, losses } = writing;

  function hoist(part: ToolResultPart['content'][number], label: string, hoisted: JsonObject[]): JsonObject {
    const written = writeUserPart(part, writing);
    losses.change(part.at);
    hoisted.push({ type: 'text', text: `The ${part.type} that ${label} returned:` }, ...written);
    return { type: 'text', text: `(the ${part.type} follows in the next message)` };
  }

  return {
    write(result, hoisted) {
      const label = names.get(result.callId) ?? result.name ?? 'the tool';
      const parts = result.content.flatMap((part): readonly JsonObject[] => {
        if (part.type === 'text') return writeText(part, writing);
        if (part.type === 'document' && part.source.kind === 'text') return writeUserPart(part, writing);
        return [hoist(part, label, hoisted)];
      });
      return {
        role: 'tool',
        tool_call_id: upstreamCallId(result.callId, accent),
        content: contentOf(marked(withFailure(result, parts, writing), result, writing), accent.textParts),
      };
    },
  };
}

function withFailure(result: ToolResultPart, parts: readonly JsonObject[], { losses }: Writing): readonly JsonObject[] {
  const [first, ...others] = parts;
  if (!result.isError) return first === undefined ? [{ type: 'text', text: '' }] : parts;
  losses.change(memberAt(result.at, 'is_error'));
  if (first === undefined) return [{ type: 'text', text: FAILED }];
  return [{ ...first, text: `${FAILED}\n${typeof first.text === 'string' ? first.text : ''}` }, ...others];
}

/** A marker on the result stands at the end of it. */
function marked(
  parts: readonly JsonObject[],
  { cache }: ToolResultPart,
  { accent, losses }: Writing,
): readonly JsonObject[] {
  if (cache === null) return parts;
  const members = markerMembers(cache, accent.markers, losses);
  return parts.map((part, index) => (index === parts.length - 1 ? { ...part, ...members } : part));
}
