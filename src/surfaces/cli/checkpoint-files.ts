/** Evidence that was kept outside: signed checkpoints and the public keys that may have signed them. */
import { readFile } from 'node:fs/promises';
import { messageOf, OperatingError, systemCodeOf } from '#foundation/errors';
import { parseCheckpointLine } from '#governance/audit/checkpoint';
import { PUBLIC_KEY_BYTES } from '#governance/audit/signing-key';
import { splitNotes } from '#governance/audit/verify-export';

/** The signed notes of a file: as `infra audit checkpoint` prints them, or as JSON, one checkpoint a line. */
export async function readCheckpointNotes(path: string): Promise<readonly string[]> {
  const text = await readEvidence(path);
  const checkpoints = text.split('\n').flatMap((line) => parseCheckpointLine(line) ?? []);
  const notes = checkpoints.length > 0 ? checkpoints.map((checkpoint) => checkpoint.note) : splitNotes(text);
  if (notes.length > 0) return notes;
  throw new OperatingError('invalid_input', 'no_checkpoints', `${path} holds no signed checkpoint`, {
    where: path,
    remedy: 'systemprompt infra audit checkpoint > FILE makes one',
  });
}

const ED25519 = 0x01;

/** Public keys, one a line: base64, alone or as the verifier key `<name>+<id>+<base64>` of signed notes. */
export async function readPublicKeys(path: string): Promise<readonly Buffer[]> {
  const lines = (await readEvidence(path)).split('\n').filter((line) => line.trim() !== '');
  const keys = lines.map((line) =>
    Buffer.from(
      line
        .trim()
        .split('+')
        .slice(line.includes('+', 1) ? 2 : 0)
        .join('+'),
      'base64',
    ),
  );
  return keys.map((key) => {
    const bare = key.length === PUBLIC_KEY_BYTES + 1 && key[0] === ED25519 ? key.subarray(1) : key;
    if (bare.length === PUBLIC_KEY_BYTES) return bare;
    throw new OperatingError('invalid_input', 'public_key', `${path} holds a line that is no ed25519 public key`, {
      where: path,
      remedy: 'copy the public keys from <home>/audit',
    });
  });
}

async function readEvidence(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const kind = systemCodeOf(error) === 'ENOENT' ? 'not_found' : 'invalid_input';
    throw new OperatingError(kind, 'file_unreadable', messageOf(error), { where: path });
  }
}
