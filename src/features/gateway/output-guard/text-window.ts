import type { OutputMatch } from '#governance/guardrails/output-scanner';
import { JsonTextState } from './json-text-state.ts';
import { type OutputActions, redactionMark } from './output-action.ts';

/** One piece of a text that comes in pieces. Once settled, `text` is what may go on. */
export type Slot = { readonly original: string; text: string; isSettled: boolean };

/** Of what has gone on, so much is looked at again: rules ask what stands before a match. */
const CONTEXT_CHARACTERS = 64;
/** Shorter texts are looked at with each piece, longer ones when they have grown by this share. */
const LOOK_EACH_CHARACTERS = 256;
const GROWTH_SHIFT = 4;

type Applied = { readonly start: number; readonly end: number; readonly mark: string };

/** Holds back the end of one text while a match may still begin or grow there, and no longer than the longest rule. */
export class TextWindow {
  readonly #actions: OutputActions;
  readonly #at: readonly (string | number)[];
  readonly #json: JsonTextState | undefined;
  #context = '';
  #text = '';
  #slots: Slot[] = [];
  #nextLook = 0;

  constructor(actions: OutputActions, at: readonly (string | number)[], kind: 'text' | 'json') {
    this.#actions = actions;
    this.#at = at;
    this.#json = kind === 'json' ? new JsonTextState() : undefined;
  }

  push(text: string): Slot {
    const slot = { original: text, text, isSettled: false };
    this.#slots.push(slot);
    this.#text += text;
    if (this.#text.length >= this.#nextLook) this.#look(false);
    return slot;
  }

  /** Nothing more comes: everything is settled. */
  end(): void {
    this.#look(true);
  }

  #look(isEnd: boolean): void {
    if (this.#actions.blockedBy !== undefined) return;
    const { scanner, acting } = this.#actions;
    const window = this.#context + this.#text;
    const base = this.#context.length;
    const open = isEnd
      ? window.length
      : Math.max(scanner.openFrom(window, acting), window.length - scanner.charactersMax);
    let settled = this.#boundaryAt(open - base);
    if (settled >= 0) {
      const matches = this.#matchesIn(window);
      settled = this.#withoutCut(matches, settled, base, isEnd);
      const effects = this.#effects(matches, window, settled, base);
      // What ends the answer stays, and with it what stands around it.
      if (this.#actions.blockedBy !== undefined) return;
      this.#settle(window, settled, effects);
    }
    const held = this.#text.length;
    this.#nextLook = held + (held < LOOK_EACH_CHARACTERS ? 0 : held >> GROWTH_SHIFT);
  }

  #matchesIn(text: string): readonly OutputMatch[] {
    const { scanner, acting } = this.#actions;
    return scanner.scan(text, acting).filter((match) => {
      const action = this.#actions.actionOf(match);
      return action === 'redact' || action === 'block';
    });
  }

  /** The end of the last slot that ends at or before `most`, as an offset into the held text; -1 when there is none. */
  #boundaryAt(most: number): number {
    let end = 0;
    let boundary = -1;
    for (const slot of this.#slots) {
      end += slot.original.length;
      if (end > most) break;
      boundary = end;
    }
    return boundary;
  }

  /** What a match reaches into from before stays with it. */
  #withoutCut(matches: readonly OutputMatch[], boundary: number, base: number, isEnd: boolean): number {
    if (isEnd) return boundary;
    let settled = boundary;
    const spans = matches.flatMap(({ span }) => (span === 'whole' ? [] : [span]));
    for (const { start, end } of spans.toSorted((left, right) => right.start - left.start)) {
      if (start - base < settled && end - base > settled) settled = this.#boundaryAt(Math.max(0, start - base));
    }
    return settled;
  }

  #effects(matches: readonly OutputMatch[], window: string, settled: number, base: number): readonly Applied[] {
    const applied = matches
      .flatMap((match) => {
        const { span } = match;
        if (span === 'whole' || span.end <= base || span.end > base + settled) return [];
        return this.#effect(match, Math.max(0, span.start - base), span.end - base);
      })
      .toSorted((left, right) => left.start - right.start);
    if (!matches.some(({ span }) => span === 'whole')) return applied;
    // What stands in a decoded view may be what has just been replaced.
    const left = window.slice(0, base) + cut(this.#text, 0, settled, applied);
    const hidden = this.#matchesIn(left).find(({ span }) => span === 'whole');
    return hidden === undefined ? applied : this.#effect(hidden, 0, settled);
  }

  #effect(match: OutputMatch, start: number, end: number): readonly Applied[] {
    const mark = this.#actions.actionOf(match) === 'redact' ? this.#markFor(match, start, end) : undefined;
    this.#actions.note(match, mark === undefined ? 'block' : 'redact', this.#at);
    return mark === undefined ? [] : [{ start, end, mark }];
  }

  /** Undefined where no label can stand without breaking the JSON around it. */
  #markFor(match: OutputMatch, start: number, end: number): string | undefined {
    const mark = redactionMark(match.rule);
    if (this.#json === undefined) return mark;
    return match.span === 'whole' ? undefined : this.#json.fit(this.#text, start, end, mark);
  }

  #settle(window: string, settled: number, applied: readonly Applied[]): void {
    if (settled < 0) return;
    let end = 0;
    let count = 0;
    for (const slot of this.#slots) {
      if (end + slot.original.length > settled) break;
      slot.text = applied.length === 0 ? slot.original : cut(this.#text, end, end + slot.original.length, applied);
      slot.isSettled = true;
      end += slot.original.length;
      count++;
    }
    this.#slots = this.#slots.slice(count);
    this.#json?.advance(this.#text.slice(0, settled));
    // What was replaced must not be found a second time; what stands behind it may begin the next match.
    const gone = window.length - this.#text.length + settled;
    const clean = applied.length === 0 ? 0 : gone - settled + Math.max(...applied.map((one) => one.end));
    this.#context = window.slice(Math.max(clean, gone - CONTEXT_CHARACTERS), gone);
    this.#text = this.#text.slice(settled);
  }
}

/** `text` from `from` to `to`, without what was found; a label stands where its match begins. */
function cut(text: string, from: number, to: number, applied: readonly Applied[]): string {
  let result = '';
  let at = from;
  let covered = 0;
  for (const { start, end, mark } of applied) {
    if (start < covered) {
      covered = Math.max(covered, end);
    } else {
      if (start >= to) break;
      if (start > at) result += text.slice(at, start);
      if (start >= from) result += mark;
      covered = end;
    }
    at = Math.max(at, Math.min(covered, to));
  }
  return result + text.slice(at, to);
}
