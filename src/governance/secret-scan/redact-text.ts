import { applyRedactions } from './redact.ts';
import type { SecretScanner } from './secret-scanner.ts';

/** For what is written down rather than judged: the text with every finding replaced, generic ones as well. */
export function redactText(text: string, scanner: SecretScanner): string {
  const matches = scanner.scanText(text);
  if (matches.length === 0) return text;
  const redacted = applyRedactions(
    text,
    matches.map(({ path, span, rule }) => ({ path, span, label: rule })),
  );
  return typeof redacted === 'string' ? redacted : '[redacted]';
}
