import { type JsonValue, parseJsonBytes, valueAtPath } from '#foundation/json';
import type { OutputMatch } from '#governance/guardrails/output-scanner';
import { applyEdits, type ByteEdit, findValueSpan } from '../json-edit.ts';
import { type OutputActions, redactionMark } from './output-action.ts';
import { replacedIn } from './replace-spans.ts';

/**
 * A whole JSON answer without what must not leave: edited in place, every other byte as it came. Undefined when it is
 * blocked: also where a place cannot be edited. `except`: paths, as JSON, that somebody else looks after.
 */
export function guardWhole(
  bytes: Buffer,
  actions: OutputActions,
  except: ReadonlySet<string> = NOTHING,
): Buffer | undefined {
  let body: JsonValue;
  try {
    body = parseJsonBytes(bytes);
  } catch {
    return guardText(bytes, actions);
  }
  const places = new Map<string, OutputMatch[]>();
  for (const match of actions.scanner.scan(body, actions.acting)) {
    const action = actions.actionOf(match);
    if (action === 'none' || action === 'flag') continue;
    const key = JSON.stringify(match.path);
    if (except.has(key)) continue;
    actions.note(match, action, []);
    places.set(key, [...(places.get(key) ?? []), match]);
  }
  if (actions.blockedBy !== undefined) return undefined;
  const edits: ByteEdit[] = [];
  for (const matches of places.values()) {
    const [first] = matches;
    if (first === undefined) continue;
    const span = findValueSpan(bytes, first.path);
    const value = valueAtPath(body, first.path);
    if (span === undefined || value === undefined || typeof value === 'object') {
      actions.note(first, 'block', []);
      return undefined;
    }
    edits.push({ span, replacement: Buffer.from(JSON.stringify(redacted(value, matches))) });
  }
  return edits.length === 0 ? bytes : applyEdits(bytes, edits);
}

const NOTHING: ReadonlySet<string> = new Set();

function redacted(value: JsonValue, matches: readonly OutputMatch[]): JsonValue {
  const [first] = matches;
  if (typeof value !== 'string' || matches.some(({ span }) => span === 'whole'))
    return wholly(value, first?.rule ?? '');
  const text = replacedIn(value, matches);
  // Arguments of tools are JSON within a string, and must stay so.
  return isJson(value) && !isJson(text) ? wholly(value, first?.rule ?? '') : text;
}

function wholly(value: JsonValue, rule: string): JsonValue {
  return typeof value === 'string' && isJson(value)
    ? JSON.stringify({ redacted: redactionMark(rule) })
    : redactionMark(rule);
}

function isJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false;
  try {
    parseJsonBytes(Buffer.from(text));
    return true;
  } catch {
    return false;
  }
}

/** What is no JSON is no answer of a model; it passes only if nothing is found in it. */
function guardText(bytes: Buffer, actions: OutputActions): Buffer | undefined {
  for (const match of actions.scanner.scan(bytes.toString('utf8'), actions.acting)) {
    const action = actions.actionOf(match);
    if (action !== 'none' && action !== 'flag') actions.note(match, 'block', []);
  }
  return actions.blockedBy === undefined ? bytes : undefined;
}
