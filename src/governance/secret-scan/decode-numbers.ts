/**
 * Text that is written as a list of character codes: `41 4b 49 41` and `0x41, 0x4b` (hexadecimal), `65, 75, 73`
 * (decimal, as in `String.fromCharCode`). At least 16 codes in a row.
 */
export function decodeNumberLists(text: string, onDecoded: (decoded: string) => void): void {
  for (const [list] of text.matchAll(HEX_LIST))
    onDecoded(characters(list.match(/[0-9a-f]{2}(?![0-9a-f])/gi) ?? [], 16));
  for (const [list] of text.matchAll(DECIMAL_LIST)) onDecoded(characters(list.match(/[0-9]+/g) ?? [], 10));
}

const HEX_LIST = /(?<![0-9a-z])(?:(?:0x)?[0-9a-f]{2}[ :,-]{1,2}){15,4000}(?:0x)?[0-9a-f]{2}(?![0-9a-f])/gi;
const DECIMAL_LIST = /(?<![0-9])(?:[0-9]{2,3}, {0,1}){15,4000}[0-9]{2,3}(?![0-9])/g;

function characters(codes: readonly string[], base: number): string {
  return String.fromCharCode(...codes.slice(0, 4_000).map((code) => Number.parseInt(code, base)));
}
