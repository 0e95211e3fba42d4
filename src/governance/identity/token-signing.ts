/** Signs and verifies compact JWS (RFC 7515) by one algorithm, which the configuration pins and no token chooses. */
import { createAsymmetricTokenSigning } from './asymmetric-token.ts';
import { createHmacTokenSigning } from './hmac-token.ts';
import type { SigningKey } from './signing-keys.ts';

export const TOKEN_ALGORITHMS = ['HS256', 'EdDSA', 'ES256'] as const;

export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

export type TokenSigner = {
  readonly algorithm: TokenAlgorithm;
  /** The compact token for a payload of JSON text. */
  sign(payload: string): string | Promise<string>;
};

/** The payload of a token whose header is exactly ours and whose signature fits; otherwise undefined, never why. */
export type TokenVerifier = { verify(token: string): Uint8Array | undefined | Promise<Uint8Array | undefined> };

export type TokenSigning = { readonly signer: TokenSigner; readonly verifier: TokenVerifier };

/** `keys`: oldest first, all of one algorithm; the last signs, every one verifies. */
export function createTokenSigning(algorithm: TokenAlgorithm, keys: readonly SigningKey[]): TokenSigning {
  return algorithm === 'HS256' ? createHmacTokenSigning(keys) : createAsymmetricTokenSigning(algorithm, keys);
}
