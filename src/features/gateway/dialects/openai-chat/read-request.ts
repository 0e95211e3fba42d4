import type { Conversation, Turn } from '#features/gateway/conversation/conversation';
import type { TextPart } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject } from '#foundation/json';
import type { RequestAddress } from '../dialect.ts';
import { requiredMessages, requiredModel } from './outline.ts';
import { readMessages } from './read-messages.ts';
import { REASONING_MEMBERS, readReasoningSettings } from './read-reasoning.ts';
import { readSettings, SETTING_MEMBERS } from './read-settings.ts';
import { readToolChoice, readTools, TOOL_MEMBERS } from './read-tools.ts';
import { noteBeyond, type Place } from './request-place.ts';

const KNOWN_MEMBERS = new Set([
  ...['model', 'messages', 'stream', 'stream_options'],
  ...SETTING_MEMBERS,
  ...REASONING_MEMBERS,
  ...TOOL_MEMBERS,
]);

/** Padding against guessing from sizes concerns the connection that it was asked for on, and no other. */
const STREAM_MEMBERS = new Set(['include_usage', 'include_obfuscation']);

/** Lenient: what chat completions have and a `Conversation` has not is told in `beyond`, by its path. */
export function readRequest(body: JsonObject, address: RequestAddress): Conversation {
  const place: Place = { at: '', beyond: [] };
  noteBeyond(body, KNOWN_MEMBERS, place);
  const { system, turns } = withoutOpening(readMessages(requiredMessages(body), place.beyond));
  return {
    dialect: 'openai-chat',
    model: requiredModel(body, address),
    system,
    turns,
    ...readTools(body, place),
    toolChoice: readToolChoice(body, place),
    ...readSettings(body, place),
    reasoning: readReasoningSettings(body, place),
    isStreaming: body.stream === true || address.isStreaming,
    streamsUsage: readStreamsUsage(body, place),
    beyond: place.beyond,
  };
}

/** What the system says before anybody else, block by block. */
function withoutOpening(turns: readonly Turn[]): { system: readonly TextPart[]; turns: readonly Turn[] } {
  const first = turns.findIndex((turn) => turn.role !== 'system');
  const opening = first === -1 ? turns : turns.slice(0, first);
  const system = opening.flatMap((turn) => turn.parts.filter((part) => part.type === 'text'));
  return { system, turns: turns.slice(opening.length) };
}

function readStreamsUsage({ stream_options: options }: JsonObject, { beyond }: Place): boolean {
  if (!isJsonObject(options)) return false;
  noteBeyond(options, STREAM_MEMBERS, { at: 'stream_options', beyond });
  return options.include_usage === true;
}
