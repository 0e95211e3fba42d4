import { isJsonObject, type JsonObject, parseJsonBytes } from '#foundation/json';
import { TOKEN_CHARACTERS_MAX } from './access-token.ts';

/** The three parts of a compact JWS, decoded strictly. */
export type CompactToken = {
  readonly header: JsonObject;
  /** What the signature covers. */
  readonly signingInput: string;
  readonly payload: Buffer;
  readonly signature: Buffer;
};

/**
 * Undefined for anything but the one way to write a token: no padding, no other alphabet, no spare bits. A second
 * spelling of a valid token would be a second credential that nobody issued.
 */
export function parseCompactToken(token: string): CompactToken | undefined {
  if (token.length > TOKEN_CHARACTERS_MAX) return undefined;
  const parts = token.split('.', 4);
  if (parts.length !== 3) return undefined;
  const [headerPart = '', payloadPart = '', signaturePart = ''] = parts;
  const headerBytes = decodeStrictly(headerPart);
  const payload = decodeStrictly(payloadPart);
  const signature = decodeStrictly(signaturePart);
  if (headerBytes === undefined || payload === undefined || signature === undefined) return undefined;
  const header = parseHeader(headerBytes);
  if (header === undefined) return undefined;
  return { header, signingInput: `${headerPart}.${payloadPart}`, payload, signature };
}

/**
 * Whether the header has exactly these members. Key references (`kid`, `jku`, `jwk`, `x5u`, `x5c`), extensions (`crit`)
 * and other algorithms are refused by being something else.
 */
export function headerIs(header: JsonObject, expected: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(header);
  return (
    names.length === Object.keys(expected).length &&
    names.every((name) => Object.hasOwn(expected, name) && header[name] === expected[name])
  );
}

function decodeStrictly(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === part ? bytes : undefined;
}

function parseHeader(bytes: Buffer): JsonObject | undefined {
  try {
    const header = parseJsonBytes(bytes, { depthMax: 2 });
    return isJsonObject(header) ? header : undefined;
  } catch {
    return undefined;
  }
}
