import { isJsonObject, type JsonObject, type JsonValue, jsonOrUndefined } from '#foundation/json';
import type { TappedMessage } from './message-tap.ts';
import type { KeptText } from './payload-capture.ts';
import { streamRemainder } from './stream-remainder.ts';

/** Replaces every credential in the strings and keys of a value by its label; the very same value when there is none. */
export type Redact = (value: JsonValue) => JsonValue;

/**
 * A request's body without credentials, and its text: the bytes as they were where nothing had to be replaced. Redacted
 * by its strings, because escapes hide a credential from a search of the raw text. Undefined for the two ends of a long
 * body: a credential at a cut could not be recognised.
 */
export function redactedBody(
  kept: KeptText,
  body: JsonObject,
  redact: Redact,
): { readonly body: JsonObject; readonly text: string } | undefined {
  if (!kept.isWhole) return undefined;
  const clean = redact(body);
  if (clean === body) return { body, text: kept.text };
  return isJsonObject(clean) ? { body: clean, text: JSON.stringify(clean) } : undefined;
}

/** The blocks of an answer without credentials, and its text where that can be told to hold none. */
export function redactedAnswer(
  kept: KeptText,
  message: TappedMessage,
  redact: Redact,
): { readonly blocks: readonly JsonValue[]; readonly text: string | null } {
  if (isEventStream(kept.text)) {
    const blocks = redactedItems(message.blocks, redact);
    const isClean =
      kept.isWhole && blocks === message.blocks && isCleanText(streamRemainder(kept.text, blocks), redact);
    // A stream cuts a credential into pieces, so there is no text in which it could be replaced.
    return { blocks, text: isClean ? kept.text : null };
  }
  const body = kept.isWhole ? (message.body ?? jsonOrUndefined(kept.text)) : undefined;
  if (body === undefined) return { blocks: redactedItems(message.blocks, redact), text: null };
  const clean = redact(body);
  if (clean !== body) return { blocks: redactedItems(message.blocks, redact), text: JSON.stringify(clean) };
  const isPartOfBody = isJsonObject(body) && body.content === message.blocks;
  return { blocks: isPartOfBody ? message.blocks : redactedItems(message.blocks, redact), text: kept.text };
}

function isEventStream(text: string): boolean {
  return /^\s*(event|data|:)/.test(text);
}

function isCleanText(text: string, redact: Redact): boolean {
  return redact(text) === text;
}

function redactedItems(items: readonly JsonValue[], redact: Redact): readonly JsonValue[] {
  const clean = redact(items);
  return Array.isArray(clean) ? clean : [];
}
