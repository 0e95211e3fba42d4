import { isJsonObject, type JsonValue } from '#foundation/json';
import type { Redaction } from '#governance/policy/decision';

/**
 * A copy of `value` in which each redaction's text is `[redacted:<rule id>]`. Paths are those of the redactions, from
 * the root of `value`; a path that leads nowhere is passed over. What is not redacted is shared with the original.
 */
export function applyRedactions(value: JsonValue, redactions: readonly Redaction[]): JsonValue {
  return redactAt(value, redactions, 0);
}

function redactAt(value: JsonValue, redactions: readonly Redaction[], depth: number): JsonValue {
  const here = redactions.filter(({ path }) => path.length === depth);
  if (here.length > 0) {
    return typeof value === 'string' ? redactText(value, here) : mark(here[0]?.label ?? '');
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => redactMember(item, index, redactions, depth));
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) =>
      member === undefined ? [] : [[key, redactMember(member, key, redactions, depth)]],
    ),
  );
}

function redactMember(
  member: JsonValue,
  step: string | number,
  redactions: readonly Redaction[],
  depth: number,
): JsonValue {
  const below = redactions.filter(({ path }) => path[depth] === step);
  return below.length === 0 ? member : redactAt(member, below, depth + 1);
}

function redactText(text: string, redactions: readonly Redaction[]): string {
  const whole = redactions.find(({ span }) => span === 'whole');
  if (whole !== undefined) return mark(whole.label);
  let result = '';
  let position = 0;
  for (const { start, end, label } of mergedSpans(redactions)) {
    result += `${text.slice(position, start)}${mark(label)}`;
    position = end;
  }
  return result + text.slice(position);
}

type LabelledSpan = { start: number; end: number; label: string };

/** Spans in order; those that overlap become one under the first one's label. */
function mergedSpans(redactions: readonly Redaction[]): readonly LabelledSpan[] {
  const spans = redactions
    .flatMap(({ span, label }): LabelledSpan[] => (span === 'whole' ? [] : [{ ...span, label }]))
    .sort((left, right) => left.start - right.start || right.end - left.end);
  const merged: LabelledSpan[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last !== undefined && span.start < last.end) last.end = Math.max(last.end, span.end);
    else merged.push(span);
  }
  return merged;
}

function mark(label: string): string {
  return `[redacted:${label}]`;
}
