import { type JsonValue, valueAtPath } from '#foundation/json';
import type { Redaction } from '#governance/policy/decision';
import { applyEdits, type ByteEdit, findValueSpan } from './json-edit.ts';

export type RedactedBody = { readonly ok: true; readonly bytes: Buffer } | { readonly ok: false };

/**
 * The body with what the pipeline found replaced by its labels, in place. Not `ok` when a place is not to be found:
 * then nothing may be sent.
 */
export function redactBody(bytes: Buffer, body: JsonValue, redactions: readonly Redaction[]): RedactedBody {
  const places = new Map<string, Redaction[]>();
  for (const redaction of redactions) {
    const key = JSON.stringify(redaction.path);
    places.set(key, [...(places.get(key) ?? []), redaction]);
  }
  const edits: ByteEdit[] = [];
  for (const [first, ...others] of places.values()) {
    if (first === undefined) continue;
    const span = findValueSpan(bytes, first.path);
    const replacement = redactedValue(valueAtPath(body, first.path), [first, ...others]);
    if (span === undefined || replacement === undefined) return { ok: false };
    edits.push({ span, replacement: Buffer.from(JSON.stringify(replacement)) });
  }
  return overlap(edits) ? { ok: false } : { ok: true, bytes: applyEdits(bytes, edits) };
}

function redactedValue(value: JsonValue | undefined, redactions: readonly Redaction[]): string | undefined {
  if (value === undefined) return undefined;
  const whole = redactions.find((redaction) => redaction.span === 'whole');
  if (whole !== undefined) return whole.label;
  if (typeof value !== 'string') return undefined;
  let text = '';
  let at = 0;
  for (const { span, label } of redactions.toSorted((left, right) => startOf(left) - startOf(right))) {
    if (span === 'whole') continue;
    // A match that begins inside the last one only lengthens what is left out.
    if (span.start >= at) text += value.slice(at, span.start) + label;
    at = Math.max(at, span.end);
  }
  return text + value.slice(at);
}

function startOf(redaction: Redaction): number {
  return redaction.span === 'whole' ? 0 : redaction.span.start;
}

function overlap(edits: readonly ByteEdit[]): boolean {
  const spans = edits.map((edit) => edit.span).toSorted((left, right) => left.start - right.start);
  return spans.some((span, index) => index > 0 && span.start < (spans[index - 1]?.end ?? 0));
}
