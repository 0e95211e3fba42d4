import type { AnswerEvent } from '../conversation/answer-event.ts';
import type { OutputActions } from './output-action.ts';
import { type Slot, TextWindow } from './text-window.ts';

/**
 * Stands between the reader and the writer of a converted answer: deltas whose text lies in the window wait, and with
 * them what comes after; everything else goes on at once.
 */
export class EventGuard {
  readonly #actions: OutputActions;
  readonly #emit: (event: AnswerEvent) => void;
  #window: TextWindow | undefined;
  #queue: { readonly event: AnswerEvent; readonly slot: Slot | undefined }[] = [];
  #parts = 0;

  constructor(actions: OutputActions, emit: (event: AnswerEvent) => void) {
    this.#actions = actions;
    this.#emit = emit;
  }

  /** Events that wait; for those who measure. */
  get held(): number {
    return this.#queue.length;
  }

  event(event: AnswerEvent): void {
    if (this.#actions.blockedBy !== undefined) return;
    if (event.type === 'open') {
      const kind = event.part.type === 'tool_call' ? 'json' : 'text';
      this.#window = new TextWindow(this.#actions, ['content', this.#parts++], kind);
    }
    const slot = event.type === 'delta' ? this.#window?.push(event.text) : undefined;
    if (event.type === 'close' || event.type === 'finish' || event.type === 'error') this.#window?.end();
    this.#queue.push({ event, slot });
    this.#release();
  }

  /** What is settled goes on, up to a match that ends the answer. */
  #release(): void {
    let count = 0;
    for (const { event, slot } of this.#queue) {
      if (slot?.isSettled === false) break;
      count++;
      this.#emit(slot === undefined || event.type !== 'delta' ? event : { ...event, text: slot.text });
    }
    this.#queue = this.#queue.slice(count);
  }
}
