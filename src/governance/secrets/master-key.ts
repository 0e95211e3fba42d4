import type { Argon2idCost } from '#foundation/crypto';

/** How the master key is found, as the store's document says it. Everything in it is authenticated. */
export type MasterKeyDescription =
  | { readonly provider: 'file' }
  | { readonly provider: 'command' }
  | { readonly provider: 'passphrase'; readonly salt: string; readonly cost: Argon2idCost };

export type MasterKeyKind = MasterKeyDescription['provider'];

export type NewMasterKey = { readonly key: Buffer; readonly description: MasterKeyDescription };

/**
 * Where the key that wraps the store keys comes from. A rotation has three steps, each of which may be the last before
 * a crash: `create` prepares the new key beside the old, the store's document is written under it, `settle` forgets
 * whichever of the two is no longer in force.
 */
export type MasterKeyProvider = {
  readonly kind: MasterKeyKind;
  /** The key for a new store (`initial`), or the one to rotate to. */
  create(purpose: 'initial' | 'rotation'): Promise<NewMasterKey>;
  /** The keys that may open a store with this description, likeliest first; the store knows which one is right. */
  candidates(description: MasterKeyDescription): Promise<readonly Buffer[]>;
  /** Called under the store's lock with the key in force. */
  settle(key: Buffer): void;
  /** Called after the store moved to another provider. */
  retire(): void;
};

/** Runs a program without a shell. The composition root gives it, because starting processes is its power. */
export type RunCommand = (
  command: string,
  args: readonly string[],
  limits: { readonly timeoutMs: number; readonly outputBytesMax: number },
) => Promise<{ readonly exitCode: number; readonly stdout: Buffer }>;
