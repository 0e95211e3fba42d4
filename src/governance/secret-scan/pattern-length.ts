/**
 * Characters that the longest match of a pattern has, by its source: alternatives, groups, classes and quantifiers.
 * Look-arounds and anchors have none. Infinity where a quantifier has no upper bound.
 */
export function longestMatchOf(pattern: RegExp): number {
  return new PatternReader(pattern.source).alternatives();
}

class PatternReader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  alternatives(): number {
    let longest = this.#sequence();
    while (this.#source[this.#at] === '|') {
      this.#at++;
      longest = Math.max(longest, this.#sequence());
    }
    return longest;
  }

  #sequence(): number {
    let length = 0;
    while (this.#at < this.#source.length && this.#source[this.#at] !== '|' && this.#source[this.#at] !== ')') {
      const atom = this.#atom();
      const times = this.#quantifier();
      length += atom === 0 ? 0 : atom * times;
    }
    return length;
  }

  #atom(): number {
    const character = this.#source[this.#at];
    if (character === '(') return this.#group();
    if (character === '[') return this.#class();
    if (character === '\\') return this.#escape();
    this.#at++;
    return character === '^' || character === '$' ? 0 : 1;
  }

  #group(): number {
    const opening = /^\((?:\?(?:[:=!]|<[=!]|<\w+>))?/.exec(this.#source.slice(this.#at))?.[0] ?? '(';
    this.#at += opening.length;
    const length = this.alternatives();
    this.#at++;
    return /^\(\?<?[=!]/.test(opening) ? 0 : length;
  }

  #class(): number {
    this.#at++;
    while (this.#at < this.#source.length && this.#source[this.#at] !== ']') {
      this.#at += this.#source[this.#at] === '\\' ? 2 : 1;
    }
    this.#at++;
    return 1;
  }

  #escape(): number {
    const written = /^\\(?:u\{[0-9a-f]+\}|u[0-9a-f]{4}|x[0-9a-f]{2}|p\{[^}]*\}|.)/i.exec(
      this.#source.slice(this.#at),
    )?.[0];
    this.#at += written?.length ?? 2;
    return written === '\\b' || written === '\\B' ? 0 : 1;
  }

  #quantifier(): number {
    const written = /^(?:[*+?]|\{(\d+)(,(\d*))?\})\??/.exec(this.#source.slice(this.#at));
    if (written === null) return 1;
    this.#at += written[0].length;
    const [whole, least, range, most] = written;
    if (whole.startsWith('?')) return 1;
    if (least === undefined || most === '') return Number.POSITIVE_INFINITY;
    return Number(range === undefined ? least : most);
  }
}
