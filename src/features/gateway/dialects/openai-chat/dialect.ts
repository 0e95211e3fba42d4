import type { Dialect } from '../dialect.ts';
import { readError, writeError } from './errors.ts';
import { outline } from './outline.ts';
import { readAnswer } from './read-answer.ts';
import { readRequest } from './read-request.ts';
import { createStreamReader } from './read-stream.ts';
import { readUsage } from './usage.ts';
import { writeAnswer } from './write-answer.ts';
import { writeRequest } from './write-request.ts';
import { createStreamWriter } from './write-stream.ts';

/** Chat Completions: https://platform.openai.com/docs/api-reference/chat */
export const openaiChatDialect: Dialect = {
  wire: 'openai-chat',
  outline,
  readRequest,
  writeAnswer,
  createStreamWriter,
  writeError,
  writeRequest,
  readAnswer,
  createStreamReader,
  readError,
  readUsage,
};
