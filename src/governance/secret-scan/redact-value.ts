import { type JsonValue, mapStrings } from '#foundation/json';
import { redactText } from './redact-text.ts';
import type { SecretScanner } from './secret-scanner.ts';

/**
 * For what is written down rather than judged: the value with every finding in its strings and keys replaced; the very
 * same value when there is none. One scan of the whole finds at least what scans of its strings find and costs far
 * less, so the strings are only looked at one by one after it has found something.
 */
export function redactValue(value: JsonValue, scanner: SecretScanner): JsonValue {
  return scanner.scanValue(value).length === 0 ? value : mapStrings(value, (text) => redactText(text, scanner));
}
