import { describe, expect, it } from 'vitest';
import { MODEL_ERROR_KINDS, type ModelErrorKind } from '#features/gateway/conversation/model-error';
import { readError, writeError } from './errors.ts';

function envelope(type: string, message = 'words') {
  return JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_up' });
}

describe('an error of an upstream that speaks the Messages API', () => {
  it.each<[number, string, ModelErrorKind]>([
    [400, 'invalid_request_error', 'invalid_request'],
    [401, 'authentication_error', 'authentication'],
    [402, 'billing_error', 'billing'],
    [403, 'permission_error', 'permission'],
    [404, 'not_found_error', 'not_found'],
    [409, 'conflict_error', 'conflict'],
    [413, 'request_too_large', 'too_large'],
    [429, 'rate_limit_error', 'rate_limit'],
    [500, 'api_error', 'server'],
    [504, 'timeout_error', 'timeout'],
    [529, 'overloaded_error', 'overloaded'],
    // The type says more than the status.
    [429, 'billing_error', 'billing'],
  ])('%s %s is of the kind %s', (status, type, kind) => {
    expect(readError(status, {}, envelope(type))).toEqual({
      kind,
      status,
      message: 'words',
      code: type,
      param: null,
      retryAfterMs: null,
    });
  });

  it.each<[number, string, ModelErrorKind, string]>([
    [502, '<html><h1>Bad Gateway</h1></html>', 'server', 'the upstream answered 502 with a page of HTML'],
    [503, '', 'overloaded', 'the upstream answered 503 without a body'],
    [429, 'slow down', 'rate_limit', 'the upstream answered 429 with text that is not JSON'],
    [500, '{"x":1}', 'server', 'the upstream answered 500 with no error that can be read'],
    [400, '7', 'invalid_request', 'the upstream answered 400 with no error that can be read'],
    [404, '{"error":"no such model"}', 'not_found', 'no such model'],
    [422, '{"detail":"bad"}', 'invalid_request', 'bad'],
    [403, '[{"error":{"message":"in a list"}}]', 'permission', 'in a list'],
    [418, '{"message":"bare"}', 'invalid_request', 'bare'],
    [408, '{"error":{"type":"","message":""}}', 'timeout', 'the upstream answered 408 with no error that can be read'],
  ])('%s with %j is told for what it is', (status, text, kind, message) => {
    expect(readError(status, {}, text)).toMatchObject({ status, kind, message });
  });

  it('keeps the code, the field and the wait that the upstream names', () => {
    const error = { type: 'invalid_request_error', message: 'messages.0.content: Field required' };
    const text = JSON.stringify({ type: 'error', error: { ...error, details: { error_code: 'thread_not_found' } } });
    expect(readError(400, { 'retry-after': '7' }, text)).toMatchObject({
      code: 'thread_not_found',
      param: 'messages.0.content',
      retryAfterMs: 7_000,
    });
  });

  it('is bounded in its words', () => {
    expect(readError(400, {}, envelope('invalid_request_error', 'x'.repeat(100_000))).message).toHaveLength(2_000);
  });
});

describe('an error for a client of the Messages API', () => {
  const types = [
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [402, 'billing_error'],
    [403, 'permission_error'],
    [404, 'not_found_error'],
    [409, 'conflict_error'],
    [413, 'request_too_large'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [504, 'timeout_error'],
    [529, 'overloaded_error'],
  ] as const;

  it.each(MODEL_ERROR_KINDS.map((kind, index) => [kind, ...(types[index] ?? [0, ''])] as const))(
    'of the kind %s is %s %s',
    (kind, status, type) => {
      const error = { kind, status, message: 'words', code: null, param: null, retryAfterMs: null };
      const reply = writeError(error, 'req_1');
      expect(reply).toMatchObject({
        status,
        json: { type: 'error', error: { type, message: 'words' }, request_id: 'req_1' },
      });
    },
  );

  it('says how long to wait, and keeps the upstream’s code', () => {
    const error = { kind: 'billing', status: 429, message: 'm', code: 'insufficient_quota', param: null } as const;
    expect(writeError({ ...error, retryAfterMs: 1_001 }, 'req_1')).toEqual({
      status: 429,
      headers: { 'retry-after': '2', 'x-should-retry': 'false' },
      json: {
        type: 'error',
        error: { type: 'billing_error', message: 'm', details: { error_code: 'insufficient_quota' } },
        request_id: 'req_1',
      },
    });
  });

  it.each<[ModelErrorKind, number, number]>([
    ['overloaded', 503, 529],
    ['server', 502, 502],
    ['invalid_request', 422, 422],
    ['rate_limit', 503, 429],
    ['authentication', 400, 401],
  ])('of the kind %s that came with %s is answered %s', (kind, status, answered) => {
    const error = { kind, status, message: 'words', code: null, param: null, retryAfterMs: null };
    expect(writeError(error, 'req_1').status).toBe(answered);
  });
});
