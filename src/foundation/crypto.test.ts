import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  argon2id,
  equalInConstantTime,
  exportPrivateKey,
  exportPublicKey,
  generateEd25519,
  hkdfSha256,
  hmacSha256,
  importPrivateKey,
  importPublicKey,
  seal,
  sha256,
  sha256Text,
  signEd25519,
  unseal,
  verifyEd25519,
} from './crypto.ts';

const hex = (text: string) => Buffer.from(text.replace(/\s+/g, ''), 'hex');

describe('known answers', () => {
  test('ChaCha20-Poly1305 seals as RFC 8439 section 2.8.2 says', () => {
    const key = hex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f');
    const nonce = hex('070000004041424344454647');
    const associatedData = hex('50515253c0c1c2c3c4c5c6c7');
    const plaintext = Buffer.from(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    );
    const sealed = seal(key, nonce, plaintext, associatedData);
    expect(sealed.ciphertext.toString('hex')).toBe(
      hex(`d31a8d34648e60db7b86afbc53ef7ec2 a4aded51296e08fea9e2b5a736ee62d6 3dbea45e8ca9671282fafb69da92728b
           1a71de0a9e060b2905d6a5b67ecd3b36 92ddbd7f2d778b8c9803aee328091b58 fab324e4fad675945585808b4831d7bc
           3ff4def08e4b7a9de576d26586cec64b 6116`).toString('hex'),
    );
    expect(sealed.tag.toString('hex')).toBe('1ae10b594f09e26a7e902ecbd0600691');
    expect(unseal(key, sealed, associatedData)?.equals(plaintext)).toBe(true);
  });

  test('ChaCha20-Poly1305 opens the message of RFC 8439 appendix A.5', () => {
    const key = hex('1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0');
    const sealed = {
      nonce: hex('000000000102030405060708'),
      ciphertext:
        hex(`64a0861575861af460f062c79be643bd 5e805cfd345cf389f108670ac76c8cb2 4c6cfc18755d43eea09ee94e382d26b0
        bdb7b73c321b0100d4f03b7f355894cf 332f830e710b97ce98c8a84abd0b9481 14ad176e008d33bd60f982b1ff37c855
        9797a06ef4f0ef61c186324e2b350638 3606907b6a7c02b0f9f6157b53c867e4 b9166c767b804d46a59b5216cde7a4e9
        9040c5a40433225ee282a1b0a06c523e af4534d7f83fa1155b0047718cbc546a 0d072b04b3564eea1b422273f548271a
        0bb2316053fa76991955ebd63159434e cebb4e466dae5a1073a6727627097a10 49e617d91d361094fa68f0ff77987130
        305beaba2eda04df997b714d6c6f2c29 a6ad5cb4022b02709b`),
      tag: hex('eead9d67890cbb22392336fea1851f38'),
    };
    const plaintext = unseal(key, sealed, hex('f33388860000000000004e91'));
    expect(plaintext?.toString('latin1')).toMatch(/^Internet-Drafts are draft documents valid for a maximum of six/);
  });

  test('HKDF derives as RFC 5869 test case 3 says', () => {
    expect(hkdfSha256(Buffer.alloc(22, 0x0b), Buffer.alloc(0), '', 42).toString('hex')).toBe(
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    );
  });

  test('SHA-256 and HMAC answer as FIPS 180 and RFC 4231 say', () => {
    expect(sha256('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256Text('abc')).toBe(sha256('abc').toString('base64url'));
    expect(hmacSha256(Buffer.from('Jefe'), 'what do ya want for nothing?').toString('hex')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  test('Ed25519 signs as RFC 8032 section 7.1 test 2 says', () => {
    const seed = hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
    const pkcs8 = Buffer.concat([hex('302e020100300506032b657004220420'), seed]);
    const key = importPrivateKey(`-----BEGIN PRIVATE KEY-----\n${pkcs8.toString('base64')}\n-----END PRIVATE KEY-----`);
    expect(signEd25519(key, hex('72')).toString('hex')).toBe(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
  });
});

test('argon2id depends on every parameter', async () => {
  const cost = { memoryKiB: 64, passes: 1, lanes: 1 };
  const salt = Buffer.alloc(16, 1);
  const keys = await Promise.all([
    argon2id('a passphrase', salt, cost),
    argon2id('a passphrasf', salt, cost),
    argon2id('a passphrase', Buffer.alloc(16, 2), cost),
    argon2id('a passphrase', salt, { ...cost, passes: 2 }),
    argon2id('a passphrase', salt, { ...cost, memoryKiB: 128 }),
  ]);
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(5);
  expect(await argon2id('a passphrase', salt, cost)).toEqual(keys[0]);
});

test('a sealed message with any bit flipped is refused', () => {
  const key = Buffer.alloc(32, 7);
  const associatedData = Buffer.from('where it belongs');
  const sealed = seal(key, Buffer.alloc(12, 9), Buffer.from('a value'), associatedData);
  for (const field of ['nonce', 'ciphertext', 'tag'] as const) {
    for (let bit = 0; bit < sealed[field].length * 8; bit++) {
      const flipped = Buffer.from(sealed[field]);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(unseal(key, { ...sealed, [field]: flipped }, associatedData)).toBeUndefined();
    }
  }
  expect(unseal(key, sealed, Buffer.from('where it belongz'))).toBeUndefined();
  expect(unseal(Buffer.alloc(32, 8), sealed, associatedData)).toBeUndefined();
});

test('whatever is sealed is opened unchanged', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 60 }), (plaintext, associatedData) => {
      const key = sha256(plaintext);
      const sealed = seal(key, Buffer.alloc(12, 1), plaintext, associatedData);
      expect(unseal(key, sealed, associatedData)?.equals(plaintext)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('comparison in constant time answers as comparison does, also for different lengths', () => {
  expect(equalInConstantTime(Buffer.from('same'), Buffer.from('same'))).toBe(true);
  expect(equalInConstantTime(Buffer.from('same'), Buffer.from('sama'))).toBe(false);
  expect(equalInConstantTime(Buffer.from('same'), Buffer.from('samesame'))).toBe(false);
});

test('an Ed25519 key survives export and import, and its public half verifies', () => {
  const key = importPrivateKey(exportPrivateKey(generateEd25519()));
  const signature = signEd25519(key, Buffer.from('a checkpoint'));
  const publicKey = importPublicKey(exportPublicKey(key));
  expect(verifyEd25519(publicKey, Buffer.from('a checkpoint'), signature)).toBe(true);
  expect(verifyEd25519(publicKey, Buffer.from('a checkpoinT'), signature)).toBe(false);
});
