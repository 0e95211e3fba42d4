import { describe, expect, it } from 'vitest';
import type { Endpoint } from './endpoint.ts';
import { createRouter } from './router.ts';

const row = (method: 'GET' | 'POST', path: string): Endpoint => ({
  method,
  path,
  auth: { kind: 'none' },
  bodyBytesMax: 0,
  errors: 'problem',
  handler: async () => ({ status: 200, body: path }),
});

const router = createRouter([
  row('GET', '/health'),
  row('POST', '/health'),
  row('GET', '/api/{server}/mcp'),
  row('POST', '/api/{server}/mcp'),
]);

describe('the router', () => {
  it('finds exact paths and paths with parameters', () => {
    expect(router.match('GET', '/health')).toMatchObject({ found: 'endpoint', params: {} });
    expect(router.match('POST', '/api/files/mcp')).toMatchObject({ found: 'endpoint', params: { server: 'files' } });
  });

  it('answers HEAD where GET is served', () => {
    expect(router.match('HEAD', '/health')).toMatchObject({ found: 'endpoint' });
  });

  it('tells an unknown path from a path that has other methods', () => {
    expect(router.match('GET', '/nowhere')).toEqual({ found: 'nothing' });
    expect(router.match('DELETE', '/health')).toEqual({ found: 'path', allowed: ['GET', 'POST'] });
    expect(router.match('DELETE', '/api/files/mcp')).toEqual({ found: 'path', allowed: ['GET', 'POST'] });
  });

  it('never matches an empty parameter, another case or a longer path', () => {
    for (const path of ['/api//mcp', '/api/files/MCP', '/api/files/mcp/', '/api/files/x/mcp', '/Health']) {
      expect(router.match('GET', path)).toEqual({ found: 'nothing' });
    }
  });

  it('refuses two rows for one method and path', () => {
    expect(() => createRouter([row('GET', '/a'), row('GET', '/a')])).toThrow('two rows');
  });
});
