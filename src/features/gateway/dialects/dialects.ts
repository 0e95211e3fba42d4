import type { Wire } from '../config.ts';
import { anthropicDialect } from './anthropic/dialect.ts';
import type { Dialect } from './dialect.ts';
import { geminiDialect } from './gemini/dialect.ts';
import { openaiChatDialect } from './openai-chat/dialect.ts';
import { openaiResponsesDialect } from './openai-responses/dialect.ts';

const DIALECTS: Readonly<Record<Wire, Dialect>> = {
  anthropic: anthropicDialect,
  'openai-chat': openaiChatDialect,
  'openai-responses': openaiResponsesDialect,
  gemini: geminiDialect,
};

export function dialectOf(wire: Wire): Dialect {
  return DIALECTS[wire];
}
