import { isJsonObject, type JsonValue } from '#foundation/json';
import type { ModelRequest } from './model-request.ts';

/**
 * An estimate of a prompt's tokens for want of the provider's own count: about four bytes of text to a token, tool
 * definitions and tool calls included, and a flat figure for each picture or document page. It is never charged.
 */
const BYTES_PER_TOKEN = 4;
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_MEDIUM = 1_600;
/** Longer strings than this that look like base64 are media. */
const MEDIUM_CHARACTERS_MIN = 2_048;

export function estimateTokens({ body, outline }: ModelRequest): number {
  const said = outline.turns.reduce((sum, turn) => sum + TOKENS_PER_MESSAGE + tokensOf(turn.content), 0);
  return said + tokensOf(body.tools ?? null);
}

function tokensOf(value: JsonValue): number {
  let bytes = 0;
  let media = 0;
  const waiting: JsonValue[] = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === 'string') {
      if (isMedium(next)) media++;
      else bytes += Buffer.byteLength(next);
    } else if (typeof next === 'number' || typeof next === 'boolean') {
      bytes += BYTES_PER_TOKEN;
    } else if (Array.isArray(next)) {
      for (const item of next) waiting.push(item);
    } else if (isJsonObject(next)) {
      for (const [key, member] of Object.entries(next)) {
        bytes += key.length;
        if (member !== undefined) waiting.push(member);
      }
    }
  }
  return Math.ceil(bytes / BYTES_PER_TOKEN) + media * TOKENS_PER_MEDIUM;
}

function isMedium(text: string): boolean {
  return text.length >= MEDIUM_CHARACTERS_MIN && /^(data:[^,]{0,128},)?[A-Za-z0-9+/_-]{512}/.test(text);
}
