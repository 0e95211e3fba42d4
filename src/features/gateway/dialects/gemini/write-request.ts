import type { Conversation } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import type { JsonObject } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { memberAt } from './request-message.ts';
import { writeContents } from './write-contents.ts';
import { writeSettings, writeSurroundings } from './write-settings.ts';
import { writeTools } from './write-tools.ts';

/** The body of `:generateContent`; the model and the streaming stand in the path. */
export function writeRequest(conversation: Conversation, to: Target, losses: Losses): JsonObject {
  const generationConfig = writeSettings(conversation, to, losses);
  return {
    ...writeSystem(conversation, losses),
    contents: writeContents(conversation, to, losses),
    ...writeTools(conversation, to, losses),
    ...(generationConfig === undefined ? {} : { generationConfig }),
    ...writeSurroundings(conversation, losses),
  };
}

/** Block by block, so that what a cache knows of the beginning stays the same. */
function writeSystem({ system }: Conversation, losses: Losses): JsonObject {
  for (const part of system) {
    if (part.cache !== null) losses.drop(part.cache.at);
    if (part.citations.length > 0) losses.drop(memberAt(part.at, 'citations'));
  }
  const parts = system.filter((part) => part.text !== '').map((part) => ({ text: part.text }));
  return parts.length === 0 ? {} : { systemInstruction: { parts } };
}
