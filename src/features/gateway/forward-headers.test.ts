import { describe, expect, it } from 'vitest';
import { SecretValue } from '#governance/secrets/secret-value';
import { gatewayConfigSchema } from './config.ts';
import { requestHeaders, responseHeaders } from './forward-headers.ts';
import { injectCredential } from './inject-credential.ts';
import { compileRoutes, type ModelRoute } from './model-route.ts';

const RECEIVED = {
  host: 'gateway',
  authorization: 'Bearer client',
  'x-api-key': 'client',
  cookie: 'a=b',
  'x-user-id': 'someone',
  'x-stainless-os': 'Linux',
  'x-claude-code-session-id': 's',
  'x-systemprompt-x': 'y',
  'x-forwarded-for': '10.0.0.1',
  forwarded: 'for=10.0.0.1',
  traceparent: '00-a-b-01',
  connection: 'keep-alive, Anthropic-Odd',
  'anthropic-odd': 'of the connection',
  'anthropic-beta': 'one,two-2026-01-01',
  'anthropic-novel': 'forwarded',
  'content-type': 'application/json; charset=utf-8',
  accept: 'text/event-stream',
  'user-agent': 'claude-cli',
  'content-length': '5',
  'accept-encoding': 'gzip',
};

describe('the headers that go upstream', () => {
  it('are those of the protocol and none of the client', () => {
    expect(requestHeaders(RECEIVED, 'anthropic')).toEqual({
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'one,two-2026-01-01',
      'anthropic-novel': 'forwarded',
      'content-type': 'application/json; charset=utf-8',
      accept: 'text/event-stream',
      'accept-encoding': 'identity',
      'user-agent': 'systemprompt',
    });
  });

  it('keep the version that the client asks for', () => {
    expect(requestHeaders({ 'anthropic-version': '2030-01-01' }, 'anthropic')['anthropic-version']).toBe('2030-01-01');
  });
});

describe('the headers that come back', () => {
  it('lose what is of the connection, of the upstream’s key and of other origins', () => {
    const received = {
      connection: 'close, x-hop',
      'x-hop': '1',
      'transfer-encoding': 'chunked',
      'content-type': 'application/json',
      'content-length': '12',
      'content-encoding': 'gzip',
      'request-id': 'req_1',
      'retry-after': '7',
      'set-cookie': ['a=b'],
      'alt-svc': 'h3=":443"',
      location: 'https://elsewhere',
      'anthropic-ratelimit-requests-remaining': '3',
      'anthropic-organization-id': 'org',
      'access-control-allow-origin': '*',
    };
    expect(responseHeaders(received, true)).toEqual({
      'content-type': 'application/json',
      'content-length': '12',
      'content-encoding': 'gzip',
      'request-id': 'req_1',
      'retry-after': '7',
    });
    expect(responseHeaders(received, false)).not.toHaveProperty('content-length');
  });
});

describe('the upstream credential', () => {
  const secrets = new Map([
    ['key', new SecretValue('sk-upstream\n')],
    ['broken', new SecretValue('two\r\nlines')],
  ]);
  const source = { find: (name: string) => secrets.get(name) };

  function routeWith(route: object): ModelRoute {
    const config = gatewayConfigSchema.parse({
      routes: [{ id: 'r', model_pattern: '*', provider: 'anthropic', ...route }],
    });
    const [compiled] = compileRoutes(config, []).routes;
    if (compiled === undefined) throw new Error('no route');
    return compiled;
  }

  it('is presented as the route says', () => {
    expect(injectCredential({}, routeWith({ api_key_secret: 'key' }), source)).toEqual({ 'x-api-key': 'sk-upstream' });
    expect(injectCredential({}, routeWith({ api_key_secret: 'key', auth_scheme: 'bearer' }), source)).toEqual({
      authorization: 'Bearer sk-upstream',
    });
    expect(
      injectCredential({}, routeWith({ extra_headers: { 'X-Team': 'a', 'X-Key': { secret: 'key' } } }), source),
    ).toEqual({ 'x-team': 'a', 'x-key': 'sk-upstream' });
    expect(injectCredential({}, routeWith({}), source)).toEqual({});
  });

  it('is missed by name and never shown', () => {
    expect(() => injectCredential({}, routeWith({ api_key_secret: 'absent' }), source)).toThrow(
      'the secret "absent" that the route r needs is not in the store',
    );
    expect(() => injectCredential({}, routeWith({ api_key_secret: 'broken' }), source)).toThrow(
      /characters that a header/,
    );
    expect(() => injectCredential({}, routeWith({ api_key_secret: 'broken' }), source)).not.toThrow(/lines/);
  });
});
