import { describe, expect, it } from 'vitest';
import { awsSignature } from './aws-signature.ts';

const NOW_MS = Date.parse('2015-08-30T12:36:00Z');
const TOKEN =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==';

const sign = (
  request: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Record<string, string>;
    readonly body?: string;
    readonly origin?: string;
  },
  { service = 'service', sessionToken }: { service?: string; sessionToken?: string } = {},
) =>
  awsSignature(
    {
      origin: 'https://example.amazonaws.com',
      headers: {},
      ...request,
      body: request.body === undefined ? null : Buffer.from(request.body),
    },
    { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken },
    { region: 'us-east-1', service },
    NOW_MS,
  );

/** Of the test suite that AWS publishes for Signature Version 4, by their names there. */
describe('a signature', () => {
  it.each([
    ['get-vanilla', 'GET', '/', 'host;x-amz-date', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      'post-vanilla',
      'POST',
      '/',
      'host;x-amz-date',
      '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    ],
    [
      'get-vanilla-query-order-key-case',
      'GET',
      '/?Param2=value2&Param1=value1',
      'host;x-amz-date',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
  ])('is that of %s', (_, method, path, names, signature) => {
    expect(sign({ method, path })).toEqual({
      'x-amz-date': '20150830T123600Z',
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
    });
  });

  it('is that of post-x-www-form-urlencoded, whatever headers a proxy may change', () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'x', accept: '*/*' };
    expect(sign({ method: 'POST', path: '/', headers, body: 'Param1=value1' }).authorization).toMatch(
      /SignedHeaders=content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a$/,
    );
  });

  it('is that of post-sts-header-before', () => {
    const signed = sign({ method: 'POST', path: '/' }, { sessionToken: TOKEN });
    expect(signed['x-amz-security-token']).toBe(TOKEN);
    expect(signed.authorization).toMatch(/Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead$/);
  });

  it('is that of the example of the documentation', () => {
    const signed = sign(
      {
        method: 'GET',
        origin: 'https://iam.amazonaws.com',
        path: '/?Action=ListUsers&Version=2010-05-08',
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      },
      { service: 'iam' },
    );
    expect(signed.authorization).toMatch(/Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7$/);
  });

  it('is of the body and of the path, so that neither can be changed', () => {
    const signatures = [
      sign({ method: 'POST', path: '/model/a%3A0/invoke', body: '{}' }),
      sign({ method: 'POST', path: '/model/a%3A1/invoke', body: '{}' }),
      sign({ method: 'POST', path: '/model/a:0/invoke', body: '{}' }),
      sign({ method: 'POST', path: '/model/a%3A0/invoke', body: '{ }' }),
    ].map(({ authorization }) => authorization);
    expect(new Set(signatures).size).toBe(4);
  });
});
