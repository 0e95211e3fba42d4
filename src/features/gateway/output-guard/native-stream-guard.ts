import { isJsonObject, type JsonObject, parseJsonText } from '#foundation/json';
import type { Wire } from '../config.ts';
import { applyEdits, findValueSpan } from '../json-edit.ts';
import type { StreamFilter } from '../relay-contract.ts';
import { guardWhole } from './guard-whole.ts';
import type { OutputActions } from './output-action.ts';
import { piecesOf } from './stream-pieces.ts';
import { type Slot, TextWindow } from './text-window.ts';

const EVENT_BYTES_MAX = 16_777_216;

type Held = { readonly path: readonly (string | number)[]; readonly slot: Slot };

/** One event as it came, and the texts in it that are waited for. */
type QueuedEvent = { readonly bytes: Buffer; readonly data: DataSpan | undefined; readonly held: readonly Held[] };

/** The only `data` line of an event, without its name. */
type DataSpan = { readonly start: number; readonly end: number };

/**
 * Guards server-sent events without translating them: an event waits while its text lies in the window, only the text
 * that holds a match is edited, and every other byte goes on as it came. Nothing goes on after a match that blocks.
 */
export class NativeStreamGuard implements StreamFilter {
  readonly #wire: Wire;
  readonly #actions: OutputActions;
  readonly #windows = new Map<string, TextWindow>();
  #queue: QueuedEvent[] = [];
  /** Bytes of an event that is not whole yet, and the last few of them as text. */
  #partial: Buffer[] = [];
  #partialBytes = 0;
  #tail = '';

  constructor(wire: Wire, actions: OutputActions) {
    this.#wire = wire;
    this.#actions = actions;
  }

  /** Whole events that wait; for those who measure. */
  get held(): number {
    return this.#queue.length;
  }

  pass(chunk: Buffer): Buffer {
    const seam = this.#tail.length;
    const text = this.#tail + chunk.toString('latin1');
    let start = 0;
    for (const match of text.matchAll(/\n\r?\n|\r\r/g)) {
      const end = match.index + match[0].length - seam;
      if (end <= start) continue;
      this.#partial.push(chunk.subarray(start, end));
      this.#take(Buffer.concat(this.#partial));
      this.#partial = [];
      this.#partialBytes = 0;
      start = end;
    }
    const rest = chunk.subarray(start);
    if (rest.length > 0) this.#partial.push(rest);
    this.#partialBytes += rest.length;
    // What ended an event is no half of another end.
    this.#tail = text.slice(Math.max(start === 0 ? 0 : start + seam, text.length - 2));
    if (this.#partialBytes > EVENT_BYTES_MAX) this.#block();
    return this.#release();
  }

  rest(): Buffer {
    if (this.#partial.length > 0) this.#take(Buffer.concat(this.#partial));
    this.#partial = [];
    this.#end('');
    return this.#release();
  }

  #take(received: Buffer): void {
    if (this.#actions.blockedBy !== undefined) return;
    const bytes = onOneLine(received);
    const data = dataSpanOf(bytes);
    const event = data === undefined ? undefined : parsed(bytes.subarray(data.start, data.end));
    if (data === undefined || event === undefined) {
      this.#takeOpaque(bytes);
      return;
    }
    const { pieces, ends, hasOthers } = piecesOf(this.#wire, event);
    const clean = hasOthers ? this.#withoutOthers(bytes, data, pieces) : { bytes, data };
    if (clean === undefined) return;
    const held = pieces.map(({ channel, path, text, kind }) => ({
      path,
      slot: this.#window(channel, kind).push(text),
    }));
    if (ends !== 'none') this.#end(ends === 'all' ? '' : ends.channel);
    this.#queue.push({ ...clean, held });
  }

  /** The event with what the other strings hold taken out; undefined when that blocks. */
  #withoutOthers(
    bytes: Buffer,
    data: DataSpan,
    pieces: readonly { readonly path: readonly (string | number)[] }[],
  ): { readonly bytes: Buffer; readonly data: DataSpan } | undefined {
    const json = bytes.subarray(data.start, data.end);
    const guarded = guardWhole(json, this.#actions, new Set(pieces.map(({ path }) => JSON.stringify(path))));
    if (guarded === undefined) return undefined;
    if (guarded === json) return { bytes, data };
    return {
      bytes: applyEdits(bytes, [{ span: data, replacement: guarded }]),
      data: { start: data.start, end: data.start + guarded.length },
    };
  }

  /** `[DONE]`, a comment, or what nobody can read: it may pass only when nothing is found in it. */
  #takeOpaque(bytes: Buffer): void {
    if (/^data: ?\[DONE\]/m.test(bytes.toString('latin1'))) this.#end('');
    if (guardWhole(bytes, this.#actions) === undefined) return;
    this.#queue.push({ bytes, data: undefined, held: [] });
  }

  #window(channel: string, kind: 'text' | 'json'): TextWindow {
    let window = this.#windows.get(channel);
    if (window === undefined) {
      window = new TextWindow(this.#actions, ['content', channel], kind);
      this.#windows.set(channel, window);
    }
    return window;
  }

  /** Ends every text whose channel begins so. */
  #end(channel: string): void {
    for (const [name, window] of this.#windows) {
      if (!name.startsWith(channel)) continue;
      window.end();
      this.#windows.delete(name);
    }
  }

  #block(): void {
    const match = { rule: 'scan-budget', family: 'budget', isProved: true, path: [], shownPath: '' } as const;
    this.#actions.note({ ...match, span: 'whole', redactable: false }, 'block', []);
  }

  #release(): Buffer {
    const out: Buffer[] = [];
    let count = 0;
    for (const event of this.#queue) {
      if (event.held.some(({ slot }) => !slot.isSettled)) break;
      out.push(edited(event));
      count++;
    }
    if (count > 0) this.#queue = this.#queue.slice(count);
    return out.length === 1 && out[0] !== undefined ? out[0] : Buffer.concat(out);
  }
}

function edited({ bytes, data, held }: QueuedEvent): Buffer {
  const changed = held.filter(({ slot }) => slot.text !== slot.original);
  if (data === undefined || changed.length === 0) return bytes;
  const json = bytes.subarray(data.start, data.end);
  const edits = changed.flatMap(({ path, slot }) => {
    const span = findValueSpan(json, path);
    return span === undefined ? [] : [{ span, replacement: Buffer.from(JSON.stringify(slot.text)) }];
  });
  return applyEdits(bytes, [{ span: data, replacement: applyEdits(json, edits) }]);
}

/** Data over several lines is JSON with line ends between its tokens: one line says the same, and can be edited. */
function onOneLine(bytes: Buffer): Buffer {
  const lines = bytes.toString('latin1').split(/\r\n|\n|\r/);
  const data = lines.filter((line) => line.startsWith('data:'));
  if (data.length < 2) return bytes;
  const others = lines.filter((line) => line !== '' && !line.startsWith('data:'));
  const joined = data
    .map((line) => line.slice(5))
    .join(' ')
    .trim();
  return Buffer.from([...others, `data: ${joined}`, '', ''].join('\n'), 'latin1');
}

/** Where the data of an event stands; undefined for none, and for data over several lines. */
function dataSpanOf(bytes: Buffer): DataSpan | undefined {
  const text = bytes.toString('latin1');
  const [first, ...others] = [...text.matchAll(/^data:(?: ?)([^\r\n]*)/gm)];
  if (first === undefined || others.length > 0) return undefined;
  const line = first[0];
  const value = first[1] ?? '';
  const start = first.index + line.length - value.length;
  return { start, end: start + value.length };
}

function parsed(json: Buffer): JsonObject | undefined {
  try {
    const value = parseJsonText(json.toString('utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
