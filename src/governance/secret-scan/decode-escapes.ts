/**
 * One level of written escapes undone: `%41`, `\x41`, `\u0041`, `\u{41}`, `\101`, `&#65;`, `&#x41;` and the named
 * entities of the characters that secrets are made of. The text itself when it holds none.
 */
export function decodeEscapes(text: string): string {
  return text.replace(ESCAPES, (whole, percent, hex, unicode, braced, long, octal, decimal, entityHex, name) => {
    const bytes = percent ?? hex;
    if (bytes !== undefined) return fromBytes(bytes.replace(/%|\\x/gi, ''));
    const digits = unicode ?? braced ?? long ?? entityHex;
    if (digits !== undefined) return character(Number.parseInt(digits, 16), whole);
    if (octal !== undefined) return character(Number.parseInt(octal, 8), whole);
    if (decimal !== undefined) return character(Number.parseInt(decimal, 10), whole);
    return ENTITIES.get(name) ?? whole;
  });
}

const ESCAPES =
  /((?:%[0-9a-f]{2}){1,4096})|((?:\\x[0-9a-f]{2}){1,4096})|\\u([0-9a-f]{4})|\\u\{([0-9a-f]{1,6})\}|\\U([0-9a-f]{8})|\\([0-3][0-7]{2})|&#([0-9]{1,7});?|&#x([0-9a-f]{1,6});?|&([a-z]{2,8});/gi;

/** Bytes that follow each other are UTF-8 where they can be. */
function fromBytes(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  const text = bytes.toString('utf8');
  return text.includes('\uFFFD') ? bytes.toString('latin1') : text;
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
  ['lowbar', '_'],
  ['hyphen', '-'],
  ['dash', '-'],
  ['period', '.'],
  ['sol', '/'],
  ['bsol', '\\'],
  ['plus', '+'],
  ['equals', '='],
  ['colon', ':'],
  ['commat', '@'],
  ['dollar', '$'],
  ['percnt', '%'],
  ['num', '#'],
  ['excl', '!'],
  ['ast', '*'],
  ['shy', ''],
  ['zwnj', ''],
  ['zwj', ''],
  ['Tab', ' '],
  ['NewLine', '\n'],
]);

function character(codePoint: number, otherwise: string): string {
  return codePoint > 0x10_ff_ff ? otherwise : String.fromCodePoint(codePoint);
}
