/**
 * The forms in which a value can stand in a text without being the value: base64 and base64url in each of the three
 * alignments that a longer encoded text can give it, hexadecimal in both cases, percent-encoded, reversed, quoted.
 */
export function encodedForms(value: string): ReadonlySet<string> {
  const bytes = Buffer.from(value, 'utf8');
  const hex = bytes.toString('hex');
  const forms = new Set([
    value,
    hex,
    hex.toUpperCase(),
    [...value].reverse().join(''),
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
  ]);
  for (let alignment = 0; alignment < 3; alignment++) {
    const base64 = alignedBase64(bytes, alignment);
    forms.add(base64);
    forms.add(base64.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}

/** The characters that `bytes` alone decide when `alignment` unknown bytes stand before them and any after. */
function alignedBase64(bytes: Buffer, alignment: number): string {
  const encoded = Buffer.concat([Buffer.alloc(alignment), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const wholeCharacters = Math.floor(((alignment + bytes.length) * 8) / 6);
  return encoded.slice(Math.ceil((alignment * 8) / 6), wholeCharacters);
}
