import type { SecretSource } from '#governance/secrets/secret-value';
import { asciiKinds, KIND, withoutFillers } from './character-kinds.ts';
import { encodedForms } from './encoded-forms.ts';

/** A value of the store that stands in a text; the offsets are those of the text, where it stands there unbroken. */
export type KnownValueMatch = { readonly name: string; readonly value: string; readonly span: Span | 'whole' };

type Span = { readonly start: number; readonly end: number };

/**
 * Every secret of the store, matched exactly: as it is, encoded, reversed, and with fillers between its characters.
 * Rebuilt after each change of the store. The only detector that needs no format.
 */
export type KnownValues = {
  find(text: string): readonly KnownValueMatch[];
  /** Characters of the longest value, for those who join pieces. */
  longest(): number;
  /** Where a value begins that the end of `text` cuts off; the length of the text when none does. */
  openFrom(text: string): number;
  /** Grows with each change of the store, for those who remember that a text was clean. */
  readonly generation: number;
};

/** Shorter values would match by chance; the store refuses nothing, so they are left out here. */
export const KNOWN_VALUE_LENGTH_MIN = 8;

type Needle = { readonly name: string; readonly value: string; readonly form: string; readonly joined: string };

type Index = {
  /** 1 where a four-character gram of some needle may hash to; most characters of a text end here. */
  readonly filter: Uint8Array;
  readonly needles: ReadonlyMap<number, readonly Needle[]>;
  readonly longest: number;
  /** Every form of every value, by its first characters. */
  readonly beginnings: ReadonlyMap<string, readonly string[]>;
  readonly longestForm: number;
};

const NONE: readonly KnownValueMatch[] = [];

export function createKnownValues(source: SecretSource): KnownValues {
  const kinds = asciiKinds();
  const state: State = { index: undefined, generation: 0 };
  // The store outlives the scanner of a reloaded configuration, and must not keep its values in memory.
  const reference = new WeakRef(state);
  source.onChange(() => {
    const current = reference.deref();
    if (current === undefined) return;
    current.index = undefined;
    current.generation++;
  });
  return {
    longest() {
      state.index ??= buildIndex(source);
      return state.index.longest;
    },
    openFrom(text) {
      state.index ??= buildIndex(source);
      return openIn(text, state.index);
    },
    find(text) {
      state.index ??= buildIndex(source);
      return state.index.needles.size === 0 ? NONE : findIn(text, state.index, kinds);
    },
    get generation() {
      return state.generation;
    },
  };
}

type State = { index: Index | undefined; generation: number };

function buildIndex(source: SecretSource): Index {
  const filter = new Uint8Array(FILTER_SIZE);
  const needles = new Map<number, Needle[]>();
  const beginnings = new Map<string, string[]>();
  let longest = 0;
  let longestForm = 0;
  for (const { name, value: secret } of source.all()) {
    const value = secret.reveal();
    if (value.length < KNOWN_VALUE_LENGTH_MIN) continue;
    longest = Math.max(longest, value.length);
    for (const form of encodedForms(value)) {
      longestForm = Math.max(longestForm, form.length);
      const beginning = form.slice(0, BEGINNING_CHARACTERS);
      beginnings.set(beginning, [...(beginnings.get(beginning) ?? []), form]);
      const joined = withoutFillers(form);
      if (joined.length < KNOWN_VALUE_LENGTH_MIN) continue;
      const gram = rarestGram(joined);
      filter[bucketOf(gram)] = 1;
      const among = needles.get(gram);
      const needle = { name, value, form, joined };
      if (among === undefined) needles.set(gram, [needle]);
      else among.push(needle);
    }
  }
  return { filter, needles, longest, beginnings, longestForm };
}

/** With fewer, any text would seem to begin some value. */
const BEGINNING_CHARACTERS = 3;

function openIn(text: string, { beginnings, longestForm }: Index): number {
  const last = text.length - BEGINNING_CHARACTERS;
  for (let start = Math.max(0, text.length - longestForm); start <= last; start++) {
    const forms = beginnings.get(text.slice(start, start + BEGINNING_CHARACTERS));
    if (forms?.some((form) => form.startsWith(text.slice(start)))) return start;
  }
  return text.length;
}

const FILTER_SIZE = 1 << 16;

function bucketOf(gram: number): number {
  return Math.imul(gram, 0x9e37_79b1) >>> 16;
}

/** The gram with the most different characters: a prefix such as `sk-ant-` or a run of zeros would be met too often. */
function rarestGram(joined: string): number {
  let best = 0;
  let bestVariety = 0;
  let gram = 0;
  for (let index = 0; index < joined.length; index++) {
    gram = nextGram(gram, joined.charCodeAt(index));
    if (index < 3) continue;
    const piece = joined.slice(index - 3, index + 1);
    const variety = new Set(piece).size + (/\d/.test(piece) ? 1 : 0) + (index > joined.length / 2 ? 0.5 : 0);
    if (variety > bestVariety) {
      bestVariety = variety;
      best = gram;
    }
  }
  return best;
}

function nextGram(gram: number, code: number): number {
  return (gram << 8) | ((code ^ (code >> 8)) & 0xff);
}

function findIn(text: string, index: Index, kinds: Uint32Array): readonly KnownValueMatch[] {
  const { filter, needles } = index;
  let found: KnownValueMatch[] | undefined;
  let joinedText: string | undefined;
  let tried: Set<Needle> | undefined;
  let gram = 0;
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place);
    if (code < 128 && ((kinds[code] ?? 0) & KIND.filler) !== 0) continue;
    gram = nextGram(gram, code);
    if (filter[bucketOf(gram)] === 0) continue;
    for (const needle of needles.get(gram) ?? []) {
      tried ??= new Set();
      if (tried.has(needle)) continue;
      tried.add(needle);
      joinedText ??= withoutFillers(text);
      if (!joinedText.includes(needle.joined)) continue;
      found ??= [];
      found.push(...placesOf(needle, text));
    }
  }
  return found ?? NONE;
}

function placesOf(needle: Needle, text: string): readonly KnownValueMatch[] {
  const { name, value, form } = needle;
  const places: KnownValueMatch[] = [];
  for (let start = text.indexOf(form); start !== -1; start = text.indexOf(form, start + form.length)) {
    places.push({ name, value, span: { start, end: start + form.length } });
  }
  return places.length > 0 ? places : [{ name, value, span: 'whole' }];
}
