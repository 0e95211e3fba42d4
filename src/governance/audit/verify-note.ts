/**
 * Reads a signed checkpoint as a stranger would: from the format alone (C2SP signed-note, tlog-checkpoint), with
 * nothing of the code that writes them.
 */
import { createPublicKey } from 'node:crypto';
import { sha256, verifyEd25519 } from '#foundation/crypto';
import { HASH_BYTES } from './hashing.ts';

/** What a checkpoint states, once its signature holds. */
export type SignedHead = { readonly size: number; readonly root: Buffer; readonly note: string };

export type NoteVerdict =
  | { readonly status: 'valid'; readonly head: SignedHead }
  | { readonly status: 'malformed' | 'wrong_key' | 'bad_signature'; readonly detail: string };

/** `keys` are raw ed25519 public keys of 32 bytes; the note must be of this log and signed by one of them. */
export function verifyNote(note: string, logId: string, keys: readonly Buffer[]): NoteVerdict {
  const gap = note.indexOf('\n\n');
  const text = note.slice(0, gap + 1);
  const [origin, size, root, ...extensions] = text.split('\n');
  const rootHash = Buffer.from(root ?? '', 'base64');
  if (gap === -1 || !/^[1-9]\d{0,15}$/.test(size ?? '') || rootHash.length !== HASH_BYTES || extensions.length !== 1) {
    return { status: 'malformed', detail: 'a checkpoint is not of the form origin, size, root, signature' };
  }
  if (origin !== `systemprompt/${logId}`) {
    return { status: 'malformed', detail: `a checkpoint of ${origin} stands among those of the log ${logId}` };
  }
  const signatures = parseSignatures(note.slice(gap + 2), origin);
  const known = signatures.flatMap((signature) => {
    const key = keys.find((candidate) => keyIdOf(origin, candidate).equals(signature.keyId));
    return key === undefined ? [] : [{ key, signature }];
  });
  if (known.length === 0) {
    return { status: 'wrong_key', detail: `the checkpoint of ${size} records is signed by none of the known keys` };
  }
  const holds = known.some(({ key, signature }) => isSignedBy(key, text, signature.signature));
  if (!holds) return { status: 'bad_signature', detail: `the signature of the checkpoint of ${size} records is false` };
  return { status: 'valid', head: { size: Number(size), root: rootHash, note } };
}

type Signature = { readonly keyId: Buffer; readonly signature: Buffer };

const KEY_ID_BYTES = 4;
const SIGNATURE_BYTES = 64;

function parseSignatures(block: string, name: string): readonly Signature[] {
  return block.split('\n').flatMap((line) => {
    const [dash, signer, encoded] = line.split(' ');
    const bytes = Buffer.from(encoded ?? '', 'base64');
    if (dash !== '\u2014' || signer !== name || bytes.length !== KEY_ID_BYTES + SIGNATURE_BYTES) return [];
    return [{ keyId: bytes.subarray(0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) }];
  });
}

function keyIdOf(name: string, publicKey: Buffer): Buffer {
  return sha256(Buffer.concat([Buffer.from(`${name}\n\u0001`), publicKey])).subarray(0, KEY_ID_BYTES);
}

/** The fixed head of an ed25519 SubjectPublicKeyInfo (RFC 8410 section 4). */
const SPKI_PREFIX_HEX = '302a300506032b6570032100';

function isSignedBy(key: Buffer, text: string, signature: Buffer): boolean {
  const spki = Buffer.concat([Buffer.from(SPKI_PREFIX_HEX, 'hex'), key]);
  return verifyEd25519(createPublicKey({ key: spki, format: 'der', type: 'spki' }), Buffer.from(text), signature);
}
