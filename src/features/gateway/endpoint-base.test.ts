import { describe, expect, it } from 'vitest';
import { anthropicAddress } from './endpoint-base.ts';

describe('an endpoint base', () => {
  const rows: readonly [string, string, string][] = [
    ['http://127.0.0.1:9901/v1', 'http://127.0.0.1:9901', '/v1/messages'],
    ['http://127.0.0.1:9901/v1/', 'http://127.0.0.1:9901', '/v1/messages'],
    ['https://api.minimax.io/anthropic', 'https://api.minimax.io', '/anthropic/v1/messages'],
    ['https://api.anthropic.com', 'https://api.anthropic.com', '/v1/messages'],
    ['https://host/proxy/v2beta', 'https://host', '/proxy/v2beta/messages'],
    ['https://host/vendor', 'https://host', '/vendor/v1/messages'],
  ];
  for (const [base, origin, path] of rows) {
    it(`${base} leads to ${origin}${path}`, () => {
      expect(anthropicAddress(base, 'messages')).toEqual({ origin, path });
    });
  }
});
