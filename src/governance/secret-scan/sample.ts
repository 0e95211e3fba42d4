const ALPHABETS = {
  hex: '0123456789abcdef',
  upperHex: '0123456789ABCDEF',
  digits: '0123456789',
  letters: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  alnum: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
  lower: 'abcdefghijklmnopqrstuvwxyz0123456789',
  base64: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  base64url: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
} as const;

export type Alphabet = keyof typeof ALPHABETS;

/**
 * A made-up body of a secret: always the same for the same arguments, and put together only when the program runs, so
 * that no scanner takes this repository for a leak. Its third character is a digit, as many rules ask for one.
 */
export function sample(alphabet: Alphabet, length: number, seed = 1): string {
  const characters = ALPHABETS[alphabet];
  // A multiplicative congruential generator (Park and Miller); nothing here needs to be unpredictable.
  let state = (seed * 48_271 + length) % 2_147_483_647;
  let text = '';
  while (text.length < length) {
    state = (state * 48_271) % 2_147_483_647;
    text += characters[Math.floor((state / 2_147_483_647) * characters.length)] ?? '';
  }
  if (alphabet === 'letters' || length < 8) return text;
  return `${text.slice(0, 2)}7${text.slice(3)}`;
}

/** A made-up UUID in the same manner. */
export function sampleUuid(seed = 1): string {
  const digits = sample('hex', 32, seed);
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    '-',
  );
}
