/** Secrets on their way to another store: one JSON file, sealed by a key that argon2id makes of a passphrase. */
import { ARGON2ID_COST, type Argon2idCost, NONCE_BYTES, seal, unseal } from '#foundation/crypto';
import { OperatingError } from '#foundation/errors';
import type { IdSource } from '#foundation/ids';
import {
  canonicalJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseTrustedJson,
  stringMember,
} from '#foundation/json';
import type { MasterKeyDescription } from './master-key.ts';
import { deriveFromPassphrase, SALT_BYTES } from './passphrase-master-key.ts';
import { SecretValue } from './secret-value.ts';
import { describeMaster, formatSealed, parseMaster, parseSealed } from './store-document.ts';

const FORMAT = 'systemprompt-secret-export';

export const ARCHIVE_BYTES_MAX = 64 * 1_024 * 1_024;

export type ArchivedSecret = { readonly name: string; readonly value: SecretValue };

export async function formatArchive(
  secrets: readonly ArchivedSecret[],
  passphrase: SecretValue,
  deps: { readonly ids: IdSource; readonly nowMs: number; readonly cost?: Argon2idCost },
): Promise<Buffer> {
  const salt = deps.ids.bytes(SALT_BYTES);
  const cost = deps.cost ?? ARGON2ID_COST;
  const key = await deriveFromPassphrase(passphrase, salt, cost);
  const header = headerOf({ provider: 'passphrase', salt: salt.toString('hex'), cost }, deps.nowMs);
  const content = secrets.map((secret) => ({ name: secret.name, value: secret.value.reveal() }));
  const plaintext = Buffer.from(canonicalJson(content));
  const sealed = seal(key, deps.ids.bytes(NONCE_BYTES), plaintext, Buffer.from(canonicalJson(header)));
  key.fill(0);
  plaintext.fill(0);
  return Buffer.from(`${canonicalJson({ ...header, sealed: formatSealed(sealed) })}\n`);
}

/** Throws `invalid_input` for another file, `forbidden` for a wrong passphrase or a changed file. */
export async function openArchive(bytes: Buffer, passphrase: SecretValue, where: string): Promise<ArchivedSecret[]> {
  const parsed = parseArchive(bytes);
  if (parsed === undefined) {
    throw new OperatingError('invalid_input', 'secret_export_malformed', `${where} is not an export of secrets`, {
      where,
      remedy: 'give a file that `systemprompt admin config secret export` wrote',
    });
  }
  const salt = Buffer.from(parsed.master.salt, 'hex');
  const key = await deriveFromPassphrase(passphrase, salt, parsed.master.cost);
  const associatedData = Buffer.from(canonicalJson(headerOf(parsed.master, parsed.createdAtMs)));
  const plaintext = unseal(key, parsed.sealed, associatedData);
  key.fill(0);
  if (plaintext === undefined) {
    throw new OperatingError('forbidden', 'secret_export_refused', `${where} does not open`, {
      where,
      remedy: 'give the passphrase it was exported with; if it is right, the file was changed: export again',
    });
  }
  return parseContent(parseTrustedJson(plaintext.toString('utf8')));
}

type PassphraseDescription = Extract<MasterKeyDescription, { provider: 'passphrase' }>;

function headerOf(master: PassphraseDescription, createdAtMs: number): JsonObject {
  return { format: FORMAT, v: 1, created_at_ms: createdAtMs, master: describeMaster(master) };
}

function parseArchive(bytes: Buffer) {
  let root: JsonValue;
  try {
    root = parseTrustedJson(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isJsonObject(root) || root.format !== FORMAT || root.v !== 1) return undefined;
  const master = parseMaster(root.master);
  const sealed = parseSealed(root.sealed);
  const createdAtMs = root.created_at_ms;
  if (master?.provider !== 'passphrase' || sealed === undefined || typeof createdAtMs !== 'number') return undefined;
  return { master, sealed, createdAtMs };
}

function parseContent(content: JsonValue): ArchivedSecret[] {
  const secrets: ArchivedSecret[] = [];
  for (const item of Array.isArray(content) ? content : []) {
    const name = stringMember(item, 'name');
    const value = stringMember(item, 'value');
    if (name !== undefined && value !== undefined) secrets.push({ name, value: new SecretValue(value) });
  }
  return secrets;
}
