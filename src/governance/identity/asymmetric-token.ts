import { CompactSign, compactVerify } from 'jose';
import { assert } from '#foundation/errors';
import { TOKEN_TYPE } from './access-token.ts';
import { headerIs, parseCompactToken } from './compact-token.ts';
import type { AsymmetricKey, SigningKey } from './signing-keys.ts';
import type { TokenAlgorithm, TokenSigning } from './token-signing.ts';

/** EdDSA (RFC 8037) or ES256 by `jose`, for tokens that other resource servers verify by our published keys. */
export function createAsymmetricTokenSigning(
  algorithm: Exclude<TokenAlgorithm, 'HS256'>,
  ring: readonly SigningKey[],
): TokenSigning {
  const keys = ring.filter((key): key is AsymmetricKey => key.algorithm === algorithm);
  const newest = keys.at(-1);
  assert(newest !== undefined, 'there is a key to sign with');
  const byId = new Map(keys.map((key) => [key.keyId, key]));
  const headerOf = (key: AsymmetricKey) => ({ alg: algorithm, kid: key.keyId, typ: TOKEN_TYPE });
  return {
    signer: {
      algorithm,
      sign: (payload) =>
        new CompactSign(new TextEncoder().encode(payload)).setProtectedHeader(headerOf(newest)).sign(newest.privateKey),
    },
    verifier: {
      async verify(token) {
        const parsed = parseCompactToken(token);
        const keyId = parsed?.header.kid;
        // The key id only chooses among our own keys; it is never a path, a query or an address.
        const key = typeof keyId === 'string' ? byId.get(keyId) : undefined;
        if (parsed === undefined || key === undefined || !headerIs(parsed.header, headerOf(key))) return undefined;
        const verified = await compactVerify(token, key.publicKey, { algorithms: [algorithm] }).catch(() => undefined);
        return verified?.payload;
      },
    },
  };
}
