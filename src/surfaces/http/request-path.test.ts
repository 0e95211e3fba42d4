import { describe, expect, it } from 'vitest';
import { parseRequestTarget } from './request-path.ts';

describe('a request target', () => {
  it('is split into path and query', () => {
    const { path, query } = parseRequestTarget('/v1/messages?beta=true');
    expect(path).toBe('/v1/messages');
    expect(query.get('beta')).toBe('true');
  });

  it('keeps harmless escapes, decoded once', () => {
    expect(parseRequestTarget('/v1/models/claude%2Dx').path).toBe('/v1/models/claude-x');
  });

  it.each([
    '/v1/../admin',
    '/v1/./messages',
    '/v1//messages',
    '//evil.example/v1',
    '/v1/%2e%2e/admin',
    '/v1%2fmessages',
    '/v1/..%2fadmin',
    '/v1/%252e%252e/admin',
    '/v1;x=1/messages',
    '/v1\\messages',
    '/v1/%5cadmin',
    '/v1/%00',
    '/v1/%0d%0aset-cookie',
    '/%',
    'http://evil.example/v1/messages',
    '*',
    '/v1/messages/..',
  ])('is refused when two servers could read it differently: %s', (target) => {
    expect(() => parseRequestTarget(target)).toThrow('more than one way');
  });
});
