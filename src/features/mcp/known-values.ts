import { isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';
import type { KnownValues } from '#governance/secret-scan/known-values';
import { applyRedactions } from '#governance/secret-scan/redact';

/**
 * Takes the values of our own secret store out of what is let through without a decision of its own: standard error,
 * lists, notifications, error texts.
 */
export type KnownValueFilter = {
  text(text: string): string;
  object(value: JsonObject): JsonObject;
};

export function createKnownValueFilter(knownValues: KnownValues): KnownValueFilter {
  function text(original: string): string {
    const matches = knownValues.find(original);
    if (matches.length === 0) return original;
    const redacted = applyRedactions(
      original,
      matches.map(({ name, span }) => ({ path: [], span, label: `secret ${name}` })),
    );
    return typeof redacted === 'string' ? redacted : '[redacted]';
  }

  function object(original: JsonObject): JsonObject {
    return Object.fromEntries(
      Object.entries(original).map(([key, member]) => [text(key), member === undefined ? undefined : value(member)]),
    );
  }

  function value(original: JsonValue): JsonValue {
    if (typeof original === 'string') return text(original);
    if (isJsonObject(original)) return object(original);
    return Array.isArray(original) ? original.map(value) : original;
  }

  return { text, object };
}
