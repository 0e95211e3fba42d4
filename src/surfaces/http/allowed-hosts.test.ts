import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { OperatingError } from '#foundation/errors';
import { hostPolicy, refuseForeignHost } from './allowed-hosts.ts';

const policy = hostPolicy('127.0.0.1', 'https://gov.example.org', ['https://console.example.org']);

function requestWith(hosts: readonly string[], origin?: string): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  for (const host of hosts) request.rawHeaders.push('Host', host);
  request.headers = {
    ...(hosts[0] === undefined ? {} : { host: hosts[0] }),
    ...(origin === undefined ? {} : { origin }),
  };
  request.headersDistinct = { host: [...hosts] };
  return request;
}

describe('the host of a request', () => {
  it.each(['localhost:8080', '127.0.0.1:8080', '[::1]:8080', 'gov.example.org', 'GOV.example.org:443'])(
    'may be ours: %s',
    (host) => {
      expect(refuseForeignHost(requestWith([host]), policy)).toBeUndefined();
    },
  );

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '0.0.0.0:8080', ''])(
    'may not be foreign: %s',
    (host) => {
      expect(refuseForeignHost(requestWith([host]), policy)).toBeInstanceOf(OperatingError);
    },
  );

  it('must stand there exactly once', () => {
    expect(refuseForeignHost(requestWith([]), policy)?.message).toContain('exactly one');
    expect(refuseForeignHost(requestWith(['localhost', 'localhost']), policy)?.message).toContain('exactly one');
  });
});

describe('the origin of a request', () => {
  it.each(['http://localhost:8080', 'https://gov.example.org', 'https://console.example.org'])(
    'may be ours or named: %s',
    (origin) => {
      expect(refuseForeignHost(requestWith(['localhost'], origin), policy)).toBeUndefined();
    },
  );

  it.each([
    'https://evil.example',
    'null',
    'file://',
    'http://localhost.evil.example',
    'http://127.0.0.1@evil.example',
  ])('may not be foreign: %s', (origin) => {
    expect(refuseForeignHost(requestWith(['localhost'], origin), policy)?.message).toContain('origin');
  });
});
