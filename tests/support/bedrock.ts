/** What AWS does on its side of Bedrock: it frames events, and verifies signatures by its own reading of the rules. */
import { createHash, createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Received } from './fake-providers.ts';

export const KEYS = {
  AccessKeyId: 'AKIDEXAMPLE',
  SecretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  SessionToken: 'session-token-0001',
};

/** A message of the event stream with headers of text. */
export function frame(headers: Readonly<Record<string, string>>, payload: string | Buffer): Buffer {
  const named = Object.entries(headers).map(([name, value]) => {
    const size = Buffer.alloc(2);
    size.writeUInt16BE(Buffer.byteLength(value));
    return Buffer.concat([
      Buffer.from([Buffer.byteLength(name)]),
      Buffer.from(name),
      Buffer.from([7]),
      size,
      Buffer.from(value),
    ]);
  });
  const head = Buffer.concat(named);
  const body = Buffer.from(payload);
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + head.length + body.length, 0);
  prelude.writeUInt32BE(head.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const message = Buffer.concat([prelude, head, body]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(message));
  return Buffer.concat([message, checksum]);
}

export function chunkFrame(event: object): Buffer {
  const headers = { ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' };
  const bytes = Buffer.from(JSON.stringify(event)).toString('base64');
  return frame(headers, JSON.stringify({ bytes, p: 'abcdefghijkl' }));
}

export function exceptionFrame(type: string, message: string): Buffer {
  return frame({ ':exception-type': type, ':message-type': 'exception' }, JSON.stringify({ message }));
}

/** The events of a short answer. */
export function answerEvents(text: string): readonly object[] {
  const usage = { input_tokens: 20, cache_read_input_tokens: 5, cache_creation_input_tokens: 0, output_tokens: 1 };
  const head = { id: 'msg_bdrk_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5-20250929' };
  return [
    { type: 'message_start', message: { ...head, content: [], stop_reason: null, stop_sequence: null, usage } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ...[text.slice(0, 4), text.slice(4)].map((piece) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'text_delta', text: piece },
    })),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 9 } },
    { type: 'message_stop', 'amazon-bedrock-invocationMetrics': { inputTokenCount: 20, outputTokenCount: 9 } },
  ];
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** Null when the signature is right; else what AWS would find wrong with it. */
export function signatureProblem({ method, path, headers, text }: Received, region: string): string | null {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;
  const [, keyId, day = '', signedRegion = '', service = '', names = '', signature] =
    pattern.exec(headers.authorization ?? '') ?? [];
  if (keyId !== KEYS.AccessKeyId) return `no such key: ${headers.authorization}`;
  if (signedRegion !== region || service !== 'bedrock') return `signed for ${service} in ${signedRegion}`;
  if (headers['x-amz-security-token'] !== KEYS.SessionToken) return 'no session token';
  const signed = names.split(';');
  for (const needed of ['host', 'x-amz-date', 'x-amz-security-token']) {
    if (!signed.includes(needed)) return `${needed} is not signed`;
  }
  let twice = '';
  for (const byte of Buffer.from(path)) {
    const character = String.fromCharCode(byte);
    twice += /[A-Za-z0-9/._~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  const lines = signed.map((name) => `${name}:${headers[name]}\n`).join('');
  const canonical = `${method}\n${twice}\n\n${lines}\n${names}\n${sha256(text)}`;
  const scope = `${day}/${region}/bedrock/aws4_request`;
  const toSign = `AWS4-HMAC-SHA256\n${headers['x-amz-date']}\n${scope}\n${sha256(canonical)}`;
  const key = hmac(hmac(hmac(hmac(`AWS4${KEYS.SecretAccessKey}`, day), region), 'bedrock'), 'aws4_request');
  return hmac(key, toSign).toString('hex') === signature ? null : 'the signature does not match';
}
