import type { SecretScanConfig } from './config.ts';
import { entropyRatio, looksRandom } from './entropy.ts';

export type EntropyDetector = {
  /** Whether the run of `text` from `start` to `end` is a random token and not one of the things that only look so. */
  isSecret(text: string, start: number, end: number): boolean;
};

/** Longer runs are data: images, bundles, certificates. */
const RUN_LENGTH_MAX = 128;

/** What stands right before digests, data URLs and SSH public keys. */
const HARMLESS_BEFORE =
  /(?:sha(?:1|224|256|384|512)[-:=]|base64,|(?:ssh-[a-z0-9]{2,10}|ecdsa-sha2-[a-z0-9-]{2,12}|sk-[a-z0-9@.-]{4,30}) |(?:integrity|digest|checksum|etag|nonce|hash|fingerprint|sum|rev(?:ision)?|commit)["']?\s{0,2}[:=]\s{0,2}["'`]?(?:W\/)?"?|h1:|(?:^|[\s;])bh?=\s?)$/i;
const BEFORE_CHARACTERS = 48;

/** DER of public keys and certificates, SSH wire format of public keys, images, compressed data. */
const HARMLESS_START =
  /^(?:MI[IGHCE][A-Za-z0-9+/]|AAAA[BCE]3N|AAAAE2V|iVBOR|\/9j\/|R0lGOD|UklGR|H4sI|UEsD|PHN2Zy|d09G|chatcmpl-|cmpl-|gen-|sha(?:1|256|384|512)-|pk_(?:test|live)_|sb_publishable_|phc_)/;

/** The generic detector of last resort: only runs that mix all kinds of characters at near to full entropy. */
export function createEntropyDetector(config: SecretScanConfig['entropy']): EntropyDetector | undefined {
  if (!config.enabled) return undefined;
  const allowed = config.allowlist.map((pattern) => new RegExp(pattern));
  return {
    isSecret(text, start, end) {
      const length = end - start;
      if (length < config.min_len || length > RUN_LENGTH_MAX) return false;
      const run = text.slice(start, end);
      if (!/[A-Z]/.test(run) || !/[a-z]/.test(run) || !/[0-9]/.test(run)) return false;
      if (!looksRandom(run) || looksLikeWords(run) || entropyRatio(run) < config.threshold) return false;
      if (HARMLESS_START.test(run) || HARMLESS_BEFORE.test(text.slice(Math.max(0, start - BEFORE_CHARACTERS), start))) {
        return false;
      }
      if (isInUrl(text, start)) return false;
      if (isWrappedLine(text, start, end) || decodesToText(run)) return false;
      return !allowed.some((pattern) => pattern.test(run));
    },
  };
}

/** Names in camelCase with a number in them: their small letters stand in groups, as those of words do. */
function looksLikeWords(run: string): boolean {
  const groups = run.match(/[a-z]+/g) ?? [];
  const lowers = groups.reduce((sum, group) => sum + group.length, 0);
  return lowers > groups.length * LOWER_GROUP_MAX || (run.match(/[0-9]+/g) ?? []).length < 2;
}

/** Small letters in a row, on average: 1.7 in random characters, about 4 in camelCase. */
const LOWER_GROUP_MAX = 2.8;

/** A part of a URL's path or query: an id of a document or an image far more often than a secret. */
function isInUrl(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 240), start);
  const scheme = before.lastIndexOf('://');
  return scheme !== -1 && !/[\s"'`<>]/.test(before.slice(scheme));
}

/** One line of a block of base64 lines: part of a file, too long to be a token. */
function isWrappedLine(text: string, start: number, end: number): boolean {
  // In JSON text the line break is written `\n`, and its `n` is the first character of the run.
  const before = /[A-Za-z0-9+/]{24}={0,2}(?:\r?\n[ \t]{0,8}|\\{1,4}n[ \t]{1,8}|\\{1,4})$/.test(
    text.slice(Math.max(0, start - 60), start),
  );
  const after = /^={0,2}(?:\r?\n|\\{1,4}n)[ \t]{0,8}(?:[A-Za-z0-9+/]{24}|-----END)/.test(text.slice(end, end + 60));
  return before || after;
}

/** Encoded text is scanned as what it says, so its encoding is not held against it. */
function decodesToText(run: string): boolean {
  const bytes = Buffer.from(run, 'base64');
  if (bytes.length < 16) return false;
  let printable = 0;
  for (const byte of bytes)
    if ((byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09) printable++;
  return printable >= bytes.length * 0.9;
}
