import { describe, expect, it } from 'vitest';
import {
  MODEL_ERROR_KINDS,
  type ModelError,
  type ModelErrorKind,
  statusOfKind,
} from '#features/gateway/conversation/model-error';
import type { JsonObject } from '#foundation/json';
import { readError, writeError } from './errors.ts';

function body(code: number, status: string, message = 'No', details: readonly JsonObject[] = []): string {
  return JSON.stringify({ error: { code, message, status, details } });
}

const retryInfo = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.074824224s' };
const badRequest = { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field: 'tools[0].x' }] };
const badKey = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' };
const QUOTA = 'You exceeded your current quota, please check your plan and billing details.';

describe('an error of Gemini', () => {
  const errors: [string, number, string, Partial<ModelError>][] = [
    [
      'a bad argument',
      400,
      body(400, 'INVALID_ARGUMENT', 'No', [badRequest]),
      { kind: 'invalid_request', param: 'tools[0].x', code: 'INVALID_ARGUMENT' },
    ],
    [
      'a bad key',
      400,
      body(400, 'INVALID_ARGUMENT', 'API key not valid.', [badKey]),
      { kind: 'authentication', status: 400 },
    ],
    ['no credential', 401, body(401, 'UNAUTHENTICATED'), { kind: 'authentication' }],
    ['no permission', 403, body(403, 'PERMISSION_DENIED'), { kind: 'permission' }],
    ['an unknown model', 404, body(404, 'NOT_FOUND'), { kind: 'not_found' }],
    ['a conflict', 409, body(409, 'ABORTED'), { kind: 'conflict' }],
    ['a body that is too large', 413, body(413, 'INVALID_ARGUMENT'), { kind: 'too_large' }],
    [
      'no quota, for a while',
      429,
      body(429, 'RESOURCE_EXHAUSTED', QUOTA, [retryInfo]),
      { kind: 'rate_limit', retryAfterMs: 34_075 },
    ],
    ['no credit', 429, body(429, 'RESOURCE_EXHAUSTED', 'Your prepayment credits are depleted.'), { kind: 'billing' }],
    [
      'no billing',
      400,
      body(400, 'FAILED_PRECONDITION', 'Please enable billing on your project.'),
      { kind: 'billing' },
    ],
    [
      'a precondition',
      400,
      body(400, 'FAILED_PRECONDITION', 'User location is not supported.'),
      { kind: 'invalid_request' },
    ],
    ['its own failure', 500, body(500, 'INTERNAL'), { kind: 'server' }],
    ['too much to do', 503, body(503, 'UNAVAILABLE', 'The model is overloaded.'), { kind: 'overloaded', status: 503 }],
    ['too long a time', 504, body(504, 'DEADLINE_EXCEEDED'), { kind: 'timeout' }],
    [
      'an array',
      400,
      `[${body(400, 'INVALID_ARGUMENT', 'In a list')}]`,
      { kind: 'invalid_request', message: 'In a list' },
    ],
    ['a bare text', 400, '{"error":"broken"}', { kind: 'invalid_request', message: 'broken' }],
    [
      'a page',
      502,
      '<html><script>x()</script><h1>Bad\n Gateway</h1></html>',
      { kind: 'server', status: 502, message: 'Bad Gateway', code: null },
    ],
    [
      'nothing',
      429,
      '',
      { kind: 'rate_limit', message: 'the upstream answered 429 without a message', retryAfterMs: 7_000 },
    ],
    ['half a body', 503, '{"error":{"co', { kind: 'overloaded' }],
    ['a list of nothing', 500, '[]', { kind: 'server' }],
  ];
  for (const [what, status, text, expected] of errors) {
    it(`is read from ${what}`, () => {
      const headers = text === '' ? { 'retry-after': '7' } : {};
      expect(readError(status, headers, text)).toMatchObject(expected);
    });
  }

  it('is bounded, however long the upstream was about it', () => {
    expect(readError(500, {}, '<script>'.repeat(100_000)).message.length).toBeLessThanOrEqual(2_000);
    expect(readError(500, {}, body(500, 'INTERNAL', 'x'.repeat(100_000))).message.length).toBe(2_000);
  });

  const statuses: Readonly<Record<ModelErrorKind, [number, string]>> = {
    invalid_request: [400, 'INVALID_ARGUMENT'],
    authentication: [401, 'UNAUTHENTICATED'],
    billing: [402, 'FAILED_PRECONDITION'],
    permission: [403, 'PERMISSION_DENIED'],
    not_found: [404, 'NOT_FOUND'],
    conflict: [409, 'ABORTED'],
    too_large: [413, 'INVALID_ARGUMENT'],
    rate_limit: [429, 'RESOURCE_EXHAUSTED'],
    server: [500, 'INTERNAL'],
    timeout: [504, 'DEADLINE_EXCEEDED'],
    overloaded: [503, 'UNAVAILABLE'],
  };
  for (const kind of MODEL_ERROR_KINDS) {
    it(`is written for ${kind}, and read the same`, () => {
      const error: ModelError = {
        kind,
        status: statusOfKind(kind),
        message: kind === 'billing' ? 'Enable billing' : 'No',
        code: 'upstream_word',
        param: 'contents[0]',
        retryAfterMs: 1_200,
      };
      const reply = writeError(error, 'req_1');
      const [status, state] = statuses[kind];
      expect(reply).toMatchObject({
        status,
        headers: { 'retry-after': '2' },
        json: { error: { code: status, status: state } },
      });
      const again = readError(status, {}, JSON.stringify('json' in reply ? reply.json : null));
      expect(again).toEqual({ ...error, status, code: state, retryAfterMs: 2_000 });
    });
  }

  it('asks nobody to wait where nothing is known', () => {
    const error: ModelError = {
      kind: 'server',
      status: 500,
      message: 'No',
      code: null,
      param: null,
      retryAfterMs: null,
    };
    expect(writeError(error, 'req_1').headers).toEqual({});
    expect(JSON.stringify(writeError(error, 'req_1'))).toContain('"requestId":"req_1"');
  });
});
