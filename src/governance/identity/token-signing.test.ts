import { createHmac, createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactSign, createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportPublicKey } from '#foundation/crypto';
import { createIdSource } from '#foundation/ids';
import { proves } from '#tests/support/proves';
import { formatClaims, parseClaims } from './access-token.ts';
import { exportJwks, loadSigningKeys, rotateSigningKey, type SigningKey } from './signing-keys.ts';
import { createTokenSigning, TOKEN_ALGORITHMS, type TokenSigning } from './token-signing.ts';

proves('identity.local-jwt');

const NOW_MS = 1_800_000_000_000;
const ids = createIdSource(() => NOW_MS);
const claims = {
  issuer: 'systemprompt',
  userId: 'user-1',
  tenantId: 'default',
  audiences: ['api', 'files'],
  scopes: ['hook:govern'],
  clientId: 'cli',
  sessionId: 'session-1',
  tokenId: 'token-1',
  issuedAtMs: NOW_MS,
  notBeforeMs: NOW_MS,
  expiresAtMs: NOW_MS + 60_000,
};
const PAYLOAD = formatClaims(claims);
const rules = { issuer: 'systemprompt', leewayMs: 30_000 };

let directory: string;
let secret: Buffer;
let hmac: TokenSigning;
let eddsaKeys: SigningKey[];
let eddsa: TokenSigning;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'signing-keys-'));
  const path = join(directory, 'keys', 'access-token.json');
  const deps = { path, ids, nowMs: NOW_MS };
  const hmacKeys = await loadSigningKeys('HS256', deps);
  secret = hmacKeys[0]?.algorithm === 'HS256' ? hmacKeys[0].secret : Buffer.alloc(0);
  hmac = createTokenSigning('HS256', hmacKeys);
  eddsaKeys = await loadSigningKeys('EdDSA', deps);
  eddsa = createTokenSigning('EdDSA', eddsaKeys);
});
afterAll(() => rmSync(directory, { recursive: true }));

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Signs any header and payload with the real key, so that only the form can be the reason of a refusal. */
function forge(header: unknown, payload: string = PAYLOAD, key: Buffer | string = secret): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
}

describe.each(TOKEN_ALGORITHMS)('%s', (algorithm) => {
  test('verifies what it signed, and nothing with any character changed', async () => {
    const path = join(directory, 'keys', 'access-token.json');
    const keys = await loadSigningKeys(algorithm, { path, ids, nowMs: NOW_MS });
    const { signer, verifier } = createTokenSigning(algorithm, keys);
    const token = await signer.sign(PAYLOAD);
    expect(Buffer.from((await verifier.verify(token)) ?? []).toString()).toBe(PAYLOAD);
    for (let index = 0; index < token.length; index += algorithm === 'HS256' ? 1 : 7) {
      const other = token[index] === 'A' ? 'B' : 'A';
      expect(await verifier.verify(`${token.slice(0, index)}${other}${token.slice(index + 1)}`)).toBeUndefined();
    }
  });

  test('still verifies by the former key after a rotation, until it is dropped', async () => {
    const path = join(directory, algorithm, 'access-token.json');
    const deps = { path, ids, nowMs: NOW_MS };
    const token = await createTokenSigning(algorithm, await loadSigningKeys(algorithm, deps)).signer.sign(PAYLOAD);
    const rotated = createTokenSigning(algorithm, await rotateSigningKey(algorithm, deps, 2));
    expect(await rotated.verifier.verify(token)).toBeDefined();
    expect(await rotated.verifier.verify(await rotated.signer.sign(PAYLOAD))).toBeDefined();
    const renewed = createTokenSigning(algorithm, await rotateSigningKey(algorithm, deps, 1));
    expect(await renewed.verifier.verify(token)).toBeUndefined();
  });
});

describe('a header', () => {
  const good = { alg: 'HS256', typ: 'at+jwt' };

  test.each([
    ['no algorithm', { alg: 'none', typ: 'at+jwt' }],
    ['no algorithm in other case', { alg: 'nOnE', typ: 'at+jwt' }],
    ['another HMAC', { alg: 'HS512', typ: 'at+jwt' }],
    ['another type', { alg: 'HS256', typ: 'JWT' }],
    ['no type', { alg: 'HS256' }],
    ['a key id that is a path', { ...good, kid: '../../../dev/null' }],
    ['a key id that is SQL', { ...good, kid: "x' UNION SELECT 'secret" }],
    ['a key address', { ...good, jku: 'https://evil.example/jwks.json' }],
    ['a key of its own', { ...good, jwk: { kty: 'oct', k: 'AAAA' } }],
    ['a certificate address', { ...good, x5u: 'https://evil.example/cert' }],
    ['an unknown extension that must be understood', { ...good, crit: ['exp'], exp: 1 }],
    ['an array', [good]],
    ['two algorithms', '{"alg":"none","alg":"HS256","typ":"at+jwt"}'],
    ['not JSON', 'HS256'],
  ])('with %s is refused though the signature fits', async (_what, header) => {
    expect(await hmac.verifier.verify(forge(good))).toBeDefined();
    expect(await hmac.verifier.verify(forge(header))).toBeUndefined();
  });

  test('without a signature is refused', async () => {
    for (const token of [`${encode({ alg: 'none' })}.${encode(PAYLOAD)}.`, `${encode(good)}.${encode(PAYLOAD)}`]) {
      expect(await hmac.verifier.verify(token)).toBeUndefined();
      expect(await eddsa.verifier.verify(token)).toBeUndefined();
    }
  });

  test('cannot make a public key the secret of an HMAC', async () => {
    const [key] = eddsaKeys;
    if (key === undefined || key.algorithm === 'HS256') throw new Error('an asymmetric key was expected');
    const pem = exportPublicKey(key.publicKey);
    const raw = createPublicKey(pem).export({ type: 'spki', format: 'der' });
    for (const secretKey of [pem, raw]) {
      for (const header of [good, { ...good, kid: key.keyId }, { alg: 'EdDSA', typ: 'at+jwt', kid: key.keyId }]) {
        expect(await eddsa.verifier.verify(forge(header, PAYLOAD, secretKey))).toBeUndefined();
      }
    }
  });

  test('that names an unknown or somebody else’s key is refused', async () => {
    const [key] = eddsaKeys;
    const [other] = await rotateSigningKey('EdDSA', { path: join(directory, 'other.json'), ids, nowMs: NOW_MS }, 1);
    if (key?.algorithm !== 'EdDSA' || other?.algorithm !== 'EdDSA') throw new Error('keys were expected');
    for (const kid of [other.keyId, key.keyId, '../x', '__proto__', 'constructor']) {
      const token = await new CompactSign(Buffer.from(PAYLOAD))
        .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'at+jwt' })
        .sign(other.privateKey);
      expect(await eddsa.verifier.verify(token)).toBeUndefined();
    }
  });
});

test('a second spelling of a valid token is not that token', async () => {
  const token = await hmac.signer.sign(PAYLOAD);
  const [header = '', payload = '', signature = ''] = token.split('.');
  // 32 bytes are 43 characters whose last one has two spare bits.
  const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.indexOf(signature.at(-1) ?? '');
  const spare = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'[last ^ 1];
  const variants = [`${header}.${payload}.${signature}=`, `${header}.${payload}.${signature.slice(0, -1)}${spare}`];
  for (const variant of [
    ...variants,
    ` ${token}`,
    `${token} `,
    `${token}.`,
    `${token}.x`,
    `${header}=.${payload}.${signature}`,
  ]) {
    expect(await hmac.verifier.verify(variant)).toBeUndefined();
  }
});

test('a token of a megabyte is refused before it is decoded', async () => {
  expect(
    await hmac.verifier.verify(forge({ alg: 'HS256', typ: 'at+jwt' }, `{"x":"${'a'.repeat(1e6)}"}`)),
  ).toBeUndefined();
});

test('the key file is private, and the published keys hold no private part', async () => {
  expect(statSync(join(directory, 'keys', 'access-token.json')).mode & 0o777).toBe(0o600);
  const jwks = await exportJwks(eddsaKeys);
  expect(Object.keys(jwks.keys[0] ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  const verified = await jwtVerify(await eddsa.signer.sign(PAYLOAD), createLocalJWKSet({ keys: [...jwks.keys] }), {
    issuer: 'systemprompt',
    audience: 'files',
    typ: 'at+jwt',
    currentDate: new Date(NOW_MS),
  });
  expect(verified.payload.sub).toBe('user-1');
});

describe('claims', () => {
  const read = (changes: Record<string, unknown>, nowMs = NOW_MS) =>
    parseClaims(Buffer.from(JSON.stringify({ ...JSON.parse(PAYLOAD), ...changes })), rules, nowMs);

  test('say what was signed', () => {
    expect(read({})).toEqual({ ok: true, claims });
  });

  test('may name one audience as text', () => {
    expect(read({ aud: 'api' })).toMatchObject({ ok: true, claims: { audiences: ['api'] } });
  });

  test.each([
    ['exp', '2027'],
    ['exp', 1_800_000_060.5],
    ['exp', -1],
    ['exp', 1e20],
    ['exp', null],
    ['exp', undefined],
    ['nbf', '0'],
    ['nbf', 0.5],
    ['iat', undefined],
    ['iat', [1]],
    ['sub', ''],
    ['sub', 7],
    ['sub', { $ne: null }],
    ['jti', undefined],
    ['tenant', undefined],
    ['aud', undefined],
    ['aud', []],
    ['aud', ['api', 7]],
    ['aud', Array(65).fill('x')],
    ['scope', ['hook:govern']],
    ['scope', 'a  b'],
    ['session_id', ''],
    ['session_id', null],
    ['client_id', undefined],
  ])('with %s of %j are malformed', (name, value) => {
    expect(read({ [name]: value })).toEqual({ ok: false, code: 'malformed' });
  });

  test('of another issuer, also a longer one or an array, are unknown', () => {
    for (const iss of ['systemprompt/', 'Systemprompt', ['systemprompt'], undefined]) {
      expect(read({ iss })).toEqual({ ok: false, code: 'unknown' });
    }
  });

  test('count within 30 s of leeway and not a millisecond beyond', () => {
    const expiresMs = claims.expiresAtMs;
    expect(read({}, expiresMs + 29_999).ok).toBe(true);
    expect(read({}, expiresMs + 30_000)).toEqual({ ok: false, code: 'expired' });
    expect(read({}, NOW_MS - 30_000).ok).toBe(true);
    expect(read({}, NOW_MS - 30_001)).toEqual({ ok: false, code: 'not_yet_valid' });
    expect(read({ nbf: NOW_MS / 1_000 + 31 })).toEqual({ ok: false, code: 'not_yet_valid' });
    expect(read({ iat: NOW_MS / 1_000 + 31 })).toEqual({ ok: false, code: 'not_yet_valid' });
  });

  test('that stand twice are refused, in either order', () => {
    for (const text of [PAYLOAD.replace('{', '{"sub":"admin",'), PAYLOAD.replace('}', ',"\\u0073ub":"admin"}')]) {
      expect(parseClaims(Buffer.from(text), rules, NOW_MS)).toEqual({ ok: false, code: 'malformed' });
    }
  });

  test('that are no object, not UTF-8 or 1e400 are malformed', () => {
    const texts = ['[]', 'null', '"x"', '', PAYLOAD.replace(/"exp":\d+/, '"exp":1e400'), `${PAYLOAD}{}`];
    for (const bytes of [...texts.map((text) => Buffer.from(text)), Buffer.from([0xff, 0xfe])]) {
      expect(parseClaims(bytes, rules, NOW_MS)).toEqual({ ok: false, code: 'malformed' });
    }
  });

  test('hold no role, whatever they say', () => {
    expect(read({ role: 'admin', roles: ['admin'], user_type: 'admin' })).toEqual({ ok: true, claims });
  });
});
