/**
 * Signed notes (C2SP signed-note v1.0.0, ed25519) with a checkpoint as their text (C2SP tlog-checkpoint):
 *
 *     <origin>\n<tree size>\n<root hash, base64>\n
 *     \n
 *     — <key name> <base64 of key id (4 bytes) and signature (64 bytes)>\n
 *
 * so that other tools of that family (Go's sumdb/note, witnesses) can check ours.
 */
import type { KeyObject } from 'node:crypto';
import { sha256, signEd25519 } from '#foundation/crypto';

export type CheckpointBody = { readonly origin: string; readonly size: number; readonly root: Buffer };

/** The name that stands in the first line and beside the signature. */
export function originOf(logId: string): string {
  return `systemprompt/${logId}`;
}

export function formatCheckpoint(body: CheckpointBody): string {
  return `${body.origin}\n${body.size}\n${body.root.toString('base64')}\n`;
}

/** `text` ends with a line feed. The key's name is the checkpoint's origin. */
export function signNote(text: string, origin: string, privateKey: KeyObject, publicKey: Buffer): string {
  const signature = signEd25519(privateKey, Buffer.from(text));
  const line = Buffer.concat([noteKeyId(origin, publicKey), signature]).toString('base64');
  return `${text}\n\u2014 ${origin} ${line}\n`;
}

const ED25519_ALGORITHM = Buffer.from([0x01]);

/** The first four bytes of SHA-256(name || 0x0A || 0x01 || public key). */
export function noteKeyId(name: string, publicKey: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(`${name}\n`), ED25519_ALGORITHM, publicKey]);
  return sha256(content).subarray(0, 4);
}

/** A verifier key as other tools take it: `<name>+<key id, hex>+<base64 of 0x01 and the public key>`. */
export function formatVerifierKey(name: string, publicKey: Buffer): string {
  const encoded = Buffer.concat([ED25519_ALGORITHM, publicKey]).toString('base64');
  return `${name}+${noteKeyId(name, publicKey).toString('hex')}+${encoded}`;
}
