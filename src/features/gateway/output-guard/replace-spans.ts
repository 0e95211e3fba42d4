import type { OutputMatch } from '#governance/guardrails/output-scanner';
import { redactionMark } from './output-action.ts';

/** The text with each match given way to its label; matches that overlap become one. */
export function replacedIn(text: string, matches: readonly OutputMatch[]): string {
  let result = '';
  let at = 0;
  const spans = matches.flatMap(({ span, rule }) => (span === 'whole' ? [] : [{ ...span, rule }]));
  for (const { start, end, rule } of spans.toSorted((left, right) => left.start - right.start)) {
    if (start >= at) result += text.slice(at, start) + redactionMark(rule);
    at = Math.max(at, end);
  }
  return result + text.slice(at);
}
