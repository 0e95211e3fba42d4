import { isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';
import type { Governor } from '#governance/governor';
import type { Call } from '#governance/policy/call';
import { applyRedactions } from '#governance/secret-scan/redact';
import type { Answer } from '../json-rpc.ts';
import type { KnownValueFilter } from '../known-values.ts';
import type { MethodRow } from '../methods.ts';
import { denialAnswer, denialOf } from './denial.ts';

export type JudgedResult = {
  readonly answer: Answer;
  /** What may be written down of it. */
  readonly recorded: JsonValue;
  readonly withheld: boolean;
};

/** Judges what an upstream answered before anybody sees it: a secret in a result never reaches the client. */
export async function judgeResult(
  deps: { governor: Governor; known: KnownValueFilter },
  row: MethodRow,
  call: Call,
  requestId: string,
  answer: Answer,
): Promise<JudgedResult> {
  if ('error' in answer) {
    const error = deps.known.object({ ...answer.error });
    const told = { code: answer.error.code, message: String(error.message), ...dataOf(error) };
    return { answer: { error: told }, recorded: { error: told }, withheld: false };
  }
  const content = [{ path: ['result'], value: judgedView(answer.result) }];
  const { decision } = await deps.governor.govern({ ...call, kind: 'result', content, history: [] }, requestId);
  if (decision.outcome !== 'allow') {
    const denial = denialOf(decision, requestId);
    return {
      answer: denialAnswer(row, denial, 'The result was withheld'),
      recorded: { withheld: true, ...denial },
      withheld: true,
    };
  }
  const redacted = applyRedactions({ result: answer.result }, decision.redactions);
  const result = isJsonObject(redacted) && isJsonObject(redacted.result) ? redacted.result : {};
  return { answer: { result }, recorded: result, withheld: false };
}

function dataOf(error: JsonObject): { data?: JsonValue } {
  return error.data === undefined ? {} : { data: error.data };
}

/**
 * The result without the bytes of its images and sounds: they are no text to any reader, and scanning megabytes of
 * base64 costs more than the call. Only what begins like such a file is passed over.
 */
function judgedView(result: JsonObject): JsonObject {
  if (!Array.isArray(result.content)) return result;
  return { ...result, content: result.content.map(judgedBlock) };
}

function judgedBlock(block: JsonValue): JsonValue {
  if (!isJsonObject(block) || (block.type !== 'image' && block.type !== 'audio')) return block;
  if (typeof block.data !== 'string' || !MEDIA.test(block.data)) return block;
  return { ...block, data: `[${block.data.length} characters of ${block.type}]` };
}

/** PNG, JPEG, GIF, RIFF (WebP, WAV), MP3, Ogg, FLAC: the first bytes of each in base64, and base64 to the end. */
const MEDIA = /^(?:iVBORw0KGgo|\/9j\/|R0lGOD|UklGR|SUQz|\/\/[tuvsq]|T2dnUw|ZkxhQ)[A-Za-z0-9+/]*={0,2}$/;
