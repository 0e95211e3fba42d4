import { ARGON2ID_COST, type Argon2idCost, argon2id } from '#foundation/crypto';
import { OperatingError } from '#foundation/errors';
import type { IdSource } from '#foundation/ids';
import type { MasterKeyProvider } from './master-key.ts';
import type { SecretValue } from './secret-value.ts';

export const PASSPHRASE_CHARACTERS_MIN = 12;
export const SALT_BYTES = 16;

/** What a document may ask of us: more would let whoever wrote it stop the process with one number. */
const COST_MAX: Argon2idCost = { memoryKiB: 1_048_576, passes: 16, lanes: 16 };

/** The master key by argon2id from a passphrase; salt and cost stand in the store's document, authenticated. */
export function createPassphraseMasterKey(deps: {
  readonly passphrase: () => Promise<SecretValue>;
  readonly ids: IdSource;
  readonly cost?: Argon2idCost;
}): MasterKeyProvider {
  const { passphrase, ids, cost = ARGON2ID_COST } = deps;
  return {
    kind: 'passphrase',
    async create() {
      const salt = ids.bytes(SALT_BYTES);
      const key = await deriveFromPassphrase(await passphrase(), salt, cost);
      return { key, description: { provider: 'passphrase', salt: salt.toString('hex'), cost } };
    },
    async candidates(description) {
      if (description.provider !== 'passphrase') return [];
      const salt = Buffer.from(description.salt, 'hex');
      return [await deriveFromPassphrase(await passphrase(), salt, description.cost)];
    },
    settle() {},
    retire() {},
  };
}

export async function deriveFromPassphrase(passphrase: SecretValue, salt: Buffer, cost: Argon2idCost): Promise<Buffer> {
  const text = passphrase.reveal().normalize('NFC');
  if (text.length < PASSPHRASE_CHARACTERS_MIN) {
    throw new OperatingError('invalid_input', 'passphrase_too_short', 'the passphrase is too short', {
      remedy: `use at least ${PASSPHRASE_CHARACTERS_MIN} characters; five random words are better`,
    });
  }
  if (cost.memoryKiB > COST_MAX.memoryKiB || cost.passes > COST_MAX.passes || cost.lanes > COST_MAX.lanes) {
    throw new OperatingError('invalid_input', 'passphrase_cost_too_high', 'the file asks for an absurd argon2id cost', {
      remedy: 'restore the file from a backup',
    });
  }
  return argon2id(text, salt, cost);
}
