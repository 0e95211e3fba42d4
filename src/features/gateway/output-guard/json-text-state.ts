/** Follows JSON text that comes in pieces, as far as it takes to know where a string begins and ends. */
export class JsonTextState {
  #isInString = false;
  #isEscaped = false;
  #last = '';

  advance(text: string): void {
    for (let index = 0; index < text.length; index++) this.#step(text.charCodeAt(index));
    this.#last = text.at(-1) ?? this.#last;
  }

  /**
   * `mark` as it can stand in place of `text` from `start` to `end`: as it is within a string, quoted in place of a
   * number. Undefined where neither would leave JSON behind.
   */
  fit(text: string, start: number, end: number, mark: string): string | undefined {
    const at = this.#copy();
    at.advance(text.slice(0, start));
    const replaced = text.slice(start, end);
    if (!at.#isInString) return isNumber(replaced, at.#last, text.charAt(end)) ? JSON.stringify(mark) : undefined;
    if (at.#isEscaped) return undefined;
    for (let index = 0; index < replaced.length; index++) {
      at.#step(replaced.charCodeAt(index));
      if (!at.#isInString) return undefined;
    }
    return at.#isEscaped || /\\u[0-9a-fA-F]{0,3}$/.test(replaced) ? undefined : mark;
  }

  #copy(): JsonTextState {
    const copy = new JsonTextState();
    copy.#isInString = this.#isInString;
    copy.#isEscaped = this.#isEscaped;
    copy.#last = this.#last;
    return copy;
  }

  #step(code: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (this.#isInString && code === BACKSLASH) this.#isEscaped = true;
    else if (code === QUOTE) this.#isInString = !this.#isInString;
  }
}

/** The whole number, so that nothing of it is left on either side. */
function isNumber(text: string, before: string, after: string): boolean {
  return /^\d+$/.test(text) && !/[\w.+-]/.test(before) && !/[\w.+-]/.test(after);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
