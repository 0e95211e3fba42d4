import { isJsonObject, parseTrustedJson } from '#foundation/json';
import type { MovingHead } from './log-head.ts';
import { formatCheckpoint, noteKeyId, originOf, signNote } from './signed-note.ts';
import type { SigningKey } from './signing-key.ts';

/** A signed statement: the first `size` records of the log have this root. Its members are columns and JSON members. */
export type Checkpoint = {
  readonly log_id: string;
  readonly tree_size: number;
  /** Base64. */
  readonly root_hash: string;
  /** The first four bytes of the hash of name and public key, hexadecimal. */
  readonly key_id: string;
  /** The signed note, which alone is evidence; the other members only repeat it. */
  readonly note: string;
  /** When it was made by our clock; not signed. */
  readonly at_ms: number;
};

export function makeCheckpoint(logId: string, head: MovingHead, key: SigningKey, atMs: number): Checkpoint {
  const origin = originOf(logId);
  const root = head.root();
  const text = formatCheckpoint({ origin, size: head.seq(), root });
  return {
    log_id: logId,
    tree_size: head.seq(),
    root_hash: root.toString('base64'),
    key_id: noteKeyId(origin, key.publicKey).toString('hex'),
    note: signNote(text, origin, key.privateKey, key.publicKey),
    at_ms: atMs,
  };
}

/** A checkpoint from one line of JSON, or undefined when the line is torn. */
export function parseCheckpointLine(line: string): Checkpoint | undefined {
  let value: unknown;
  try {
    value = parseTrustedJson(line);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { log_id, tree_size, root_hash, key_id, note, at_ms } = value;
  if (typeof log_id !== 'string' || typeof root_hash !== 'string' || typeof key_id !== 'string') return undefined;
  if (typeof tree_size !== 'number' || typeof note !== 'string' || typeof at_ms !== 'number') return undefined;
  return { log_id, tree_size, root_hash, key_id, note, at_ms };
}
