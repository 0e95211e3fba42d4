import { isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';
import type { ContentPart } from '#governance/policy/call';
import type { CleanKeys } from './clean-keys.ts';
import type { Findings, Place } from './findings.ts';
import {
  inNumberedOrder,
  joinSiblings,
  NARROW_EDGE_CHARACTERS,
  runsMeet,
  WIDE_EDGE_CHARACTERS,
} from './join-fragments.ts';
import { applyRedactions } from './redact.ts';
import type { ScanBudget } from './scan-budget.ts';
import { DECODE_DEPTH_MAX, type Found, type TextScanner, type TextSink } from './text-scan.ts';

type Step = string | number;

/** Where findings go: `depth` 0 is the value itself; deeper is JSON that stood in a string, and belongs to that string. */
type Target = { readonly sink: TextSink; readonly depth: number };

/** Deeper structures than any parser lets in. */
const NESTING_MAX = 256;
/** Numbers with fewer digits cannot be a stored secret. */
const NUMBER_MIN = 10_000_000;
const COLUMNS_MAX = 16;
const NAME_LENGTH_MAX = 256;

/** Walks one JSON value: every key, every string, members beside their names, and siblings side by side. */
export class ValueScan {
  readonly #scanner: TextScanner;
  readonly #findings: Findings;
  readonly #budget: ScanBudget;
  readonly #cleanKeys: CleanKeys;
  readonly #top: Target;
  #path: Step[] = [];
  /** How many steps of the path are secrets themselves and stand there masked. */
  #maskedSteps = 0;
  #nesting = 0;
  #splitKeywordSeen = false;

  constructor(deps: { scanner: TextScanner; findings: Findings; budget: ScanBudget; cleanKeys: CleanKeys }) {
    this.#scanner = deps.scanner;
    this.#findings = deps.findings;
    this.#budget = deps.budget;
    this.#cleanKeys = deps.cleanKeys;
    this.#top = { sink: this.#newSink(), depth: 0 };
  }

  /** Scans each part, and then what is split over them: each text beside the next. */
  scan(parts: readonly ContentPart[]): void {
    const texts: string[] = [];
    const paths: (readonly Step[])[] = [];
    for (const { path, value } of parts) {
      this.#path = [...path];
      if (typeof value === 'string') {
        texts.push(this.#scanText(value, this.#top));
        paths.push(path);
      } else {
        this.#walk(value, this.#top);
      }
    }
    this.#path = [];
    this.#scanSiblings(texts, this.#top, (place) => paths[place] ?? []);
  }

  #newSink(): TextSink {
    const sink: TextSink = {
      budget: this.#budget,
      found: [],
      decodedRuns: new Set(),
      walkJson: (value, depth) => this.#walk(value, { sink, depth }),
    };
    return sink;
  }

  /** The text of a string as it is without the secrets that were found in it; undefined for everything else. */
  #walk(value: JsonValue, target: Target, name?: string): string | undefined {
    if (this.#budget.spent) return undefined;
    if (typeof value === 'string') return this.#scanText(value, target, name);
    if (typeof value === 'number') {
      if (Math.abs(value) >= NUMBER_MIN) this.#scanText(String(value), target);
    } else if (typeof value === 'object' && value !== null) {
      if (++this.#nesting > NESTING_MAX) this.#budget.exhaust();
      if (isJsonObject(value)) this.#walkObject(value, target);
      else this.#walkArray(value, target);
      this.#nesting--;
    }
    return undefined;
  }

  #walkArray(items: readonly JsonValue[], target: Target): void {
    const places: number[] = [];
    const texts: string[] = [];
    let firstObject: JsonObject | undefined;
    for (let index = 0; index < items.length; index++) {
      const item = items[index] ?? null;
      if (isJsonObject(item)) firstObject ??= item;
      this.#path.push(index);
      const text = this.#walk(item, target);
      this.#path.pop();
      if (text === undefined) continue;
      places.push(index);
      texts.push(text);
    }
    this.#scanSiblings(texts, target, (place) => [places[place] ?? 0]);
    if (texts.length === 0) this.#scanSiblings(characterCodes(items), target, (place) => [place]);
    if (firstObject !== undefined && items.length > 1) this.#scanColumns(items, firstObject, target);
  }

  /** The strings that objects of one list hold under the same key: `[{"text": "a"}, {"text": "b"}]`. */
  #scanColumns(items: readonly JsonValue[], firstObject: JsonObject, target: Target): void {
    for (const key of Object.keys(firstObject).slice(0, COLUMNS_MAX)) {
      const places: number[] = [];
      const column: string[] = [];
      for (const [index, item] of items.entries()) {
        const member = isJsonObject(item) ? item[key] : undefined;
        if (typeof member !== 'string') continue;
        places.push(index);
        column.push(member);
      }
      this.#scanSiblings(column, target, (place) => [places[place] ?? 0, key]);
    }
  }

  #walkObject(members: JsonObject, target: Target): void {
    const keys: string[] = [];
    const texts: string[] = [];
    for (const key of Object.keys(members)) {
      const value = members[key];
      if (value === undefined) continue;
      const { step, naming } = this.#scanKey(key, target);
      const masked = step !== key;
      this.#path.push(step);
      if (masked) this.#maskedSteps++;
      const text = this.#walk(value, target, naming ? key : undefined);
      this.#path.pop();
      if (masked) this.#maskedSteps--;
      if (text === undefined) continue;
      keys.push(key);
      texts.push(text);
    }
    if (texts.length < 2) return;
    this.#scanNameAndValue(members, target);
    this.#scanSiblings(texts, target, (place) => [keys[place] ?? '']);
    const numbered = inNumberedOrder(keys);
    if (numbered === undefined) return;
    const inOrder = numbered.map((index) => texts[index] ?? '');
    this.#scanSiblings(inOrder, target, (place) => [keys[numbered[place] ?? 0] ?? '']);
  }

  /** `{"name": "DB_PASSWORD", "value": "..."}` says the same as a member of that name. */
  #scanNameAndValue(members: JsonObject, target: Target): void {
    const { value, name = members.key } = members;
    if (typeof name !== 'string' || typeof value !== 'string' || name.length > NAME_LENGTH_MAX) return;
    this.#path.push('value');
    this.#scanner.scanNamed(name, value, target.depth, target.sink);
    this.#settle(target);
    this.#path.pop();
  }

  /** Answers with what remains of the text when everything found is taken out. */
  #scanText(text: string, target: Target, name?: string): string {
    if (this.#budget.spent) return text;
    if (target === this.#top) target.sink.decodedRuns.clear();
    this.#read(text, target, name);
    const { found } = target.sink;
    if (target !== this.#top || found.length === 0) return text;
    const first = found.splice(0);
    const plain = first.filter(({ tier, span }) => tier === 'deny' && span !== 'whole');
    const generic = first.filter(({ tier, span }) => tier === 'review' && span !== 'whole');
    let hidden = first.filter(({ span }) => span === 'whole');
    const remaining = withoutSpans(text, plain);
    if (plain.length > 0 && hidden.length > 0) {
      // Views repeat what stands in the text as sent. Only what is found without it is one more secret.
      target.sink.decodedRuns.clear();
      this.#read(remaining, target, name);
      hidden = found.splice(0).filter(({ tier, span }) => tier === 'deny' || span === 'whole');
    }
    this.#findings.add(
      [...plain, ...hidden.map((one): Found => ({ ...one, span: 'whole' })), ...generic],
      [this.#place()],
    );
    return hidden.some(({ tier }) => tier === 'deny') ? TAKEN_OUT : remaining;
  }

  #read(text: string, { sink, depth }: Target, name: string | undefined): void {
    const { splitKeyword } = this.#scanner.scan({ text, depth, subset: 'all' }, sink);
    if (splitKeyword) this.#splitKeywordSeen = true;
    if (name !== undefined) this.#scanner.scanNamed(name, text, depth, sink);
  }

  /** Scans a key as text. `step` is what paths may say of it; `naming` when it names a secret. */
  #scanKey(key: string, target: Target): { step: string; naming: boolean } {
    const known = this.#cleanKeys.get(key);
    if (known !== undefined) return { step: key, naming: known };
    const { found } = target.sink;
    const before = found.length;
    target.sink.decodedRuns.clear();
    const notes = this.#scanner.scan({ text: key, depth: target.depth, subset: 'all' }, target.sink);
    const naming = notes.contextualKeyword;
    const first = found[before];
    if (first === undefined) {
      if (!this.#budget.spent) this.#cleanKeys.add(key, naming);
      return { step: key, naming };
    }
    const step = `[redacted:${first.rule}]`;
    this.#path.push(step);
    this.#maskedSteps++;
    this.#settle(target);
    this.#maskedSteps--;
    this.#path.pop();
    return { step, naming };
  }

  /** The key, or its mask when it is a secret itself. */
  #maskedKey(key: string): string {
    if (this.#cleanKeys.get(key) !== undefined) return key;
    const sink: TextSink = { budget: this.#budget, found: [], decodedRuns: new Set(), walkJson: () => {} };
    this.#scanner.scan({ text: key, depth: 0, subset: 'all' }, sink);
    const first = sink.found[0];
    return first === undefined ? key : `[redacted:${first.rule}]`;
  }

  /** `pathOf` leads from here to a sibling by its place in `siblings`. */
  #scanSiblings(siblings: readonly string[], target: Target, pathOf: (place: number) => readonly Step[]): void {
    if (siblings.length < 2 || this.#budget.spent) return;
    this.#scanJoined(siblings, target);
    if (target !== this.#top || target.sink.found.length === 0) return;
    // A secret that was split belongs to every piece: no span can name its place.
    const places = siblings.map((_, place): Place => {
      const steps = pathOf(place).map((step) => (typeof step === 'string' ? this.#maskedKey(step) : step));
      const masked = this.#maskedSteps > 0 || steps.some((step, index) => step !== pathOf(place)[index]);
      return { path: [...this.#path, ...steps], redactable: !masked };
    });
    this.#findings.add(target.sink.found.splice(0), places);
  }

  /** Long siblings are joined at wide edges only when a secret may begin or end there. */
  #scanJoined(siblings: readonly string[], { sink, depth }: Target): void {
    sink.decodedRuns.clear();
    const below = Math.min(depth + 1, DECODE_DEPTH_MAX);
    if (!this.#splitKeywordSeen && !runsMeet(siblings)) {
      const edge = Math.max(NARROW_EDGE_CHARACTERS, Math.min(WIDE_EDGE_CHARACTERS, this.#scanner.longestKnownValue()));
      const text = joinSiblings(siblings, edge);
      if (!this.#scanner.scan({ text, depth: below, subset: 'splittable' }, sink).splitKeyword) return;
    }
    const text = joinSiblings(siblings, WIDE_EDGE_CHARACTERS);
    this.#scanner.scan({ text, depth: below, subset: 'splittable' }, sink);
  }

  /** Gives what was found at this path to the findings; what JSON in a string held waits for its string. */
  #settle(target: Target): void {
    const { found } = target.sink;
    if (target === this.#top && found.length > 0) this.#findings.add(found.splice(0), [this.#place()]);
  }

  #place(): Place {
    return { path: this.#path, redactable: this.#maskedSteps === 0 };
  }
}

const TAKEN_OUT = '[redacted]';

function withoutSpans(text: string, found: readonly Found[]): string {
  const redactions = found.map(({ span }) => ({ path: [], span, label: 'secret' }));
  return String(applyRedactions(text, redactions));
}

const CHARACTER_CODES_MIN = 16;

/** A list of numbers that are all character codes, as the characters; empty otherwise. */
function characterCodes(items: readonly JsonValue[]): readonly string[] {
  if (items.length < CHARACTER_CODES_MIN) return [];
  const characters: string[] = [];
  for (const code of items) {
    if (typeof code !== 'number' || !Number.isInteger(code) || code < 9 || code > 126) return [];
    characters.push(String.fromCharCode(code));
  }
  return characters;
}
