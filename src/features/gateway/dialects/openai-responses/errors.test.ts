import { describe, expect, it } from 'vitest';
import { MODEL_ERROR_KINDS, type ModelError, statusOfKind } from '#features/gateway/conversation/model-error';
import { errorOfEvent, readError, writeError } from './errors.ts';

const envelope = (error: object) => JSON.stringify({ error });

describe('an error of a Responses upstream', () => {
  const rows: readonly [string, number, string, Partial<ModelError>][] = [
    [
      'names the field',
      400,
      envelope({ message: 'Bad tool', type: 'invalid_request_error', param: 'tools[0]', code: 'invalid_value' }),
      { kind: 'invalid_request', message: 'Bad tool', param: 'tools[0]', code: 'invalid_value' },
    ],
    ['is about a key', 401, envelope({ message: 'x', code: 'invalid_api_key' }), { kind: 'authentication' }],
    [
      'is about a bill',
      429,
      envelope({ message: 'x', type: 'insufficient_quota', code: 'insufficient_quota' }),
      { kind: 'billing', status: 429 },
    ],
    [
      'asks for patience',
      429,
      envelope({ message: 'x', type: 'tokens', code: 'rate_limit_exceeded' }),
      { kind: 'rate_limit' },
    ],
    ['is about rights', 403, envelope({ message: 'x' }), { kind: 'permission' }],
    ['does not know the model', 404, envelope({ message: 'x', code: 'model_not_found' }), { kind: 'not_found' }],
    [
      'knows no such route',
      404,
      envelope({ message: 'x', type: 'invalid_request_error', code: null }),
      { kind: 'not_found' },
    ],
    ['is a conflict', 409, envelope({ message: 'x' }), { kind: 'conflict' }],
    ['is too large', 413, envelope({ message: 'x' }), { kind: 'too_large' }],
    [
      'is a prompt that is too long',
      400,
      envelope({ message: 'x', code: 'context_length_exceeded' }),
      { kind: 'invalid_request' },
    ],
    ['is the server’s own', 500, envelope({ message: 'x', type: 'server_error' }), { kind: 'server' }],
    ['is too much to do', 503, envelope({ message: 'x', code: 'server_is_overloaded' }), { kind: 'overloaded' }],
    ['is slowness', 504, envelope({ message: 'x' }), { kind: 'timeout' }],
    ['says the status twice', 400, JSON.stringify({ error: { code: '400', message: 'x' } }), { code: null }],
    ['is a bare text', 400, '{"error":"no such thing"}', { kind: 'invalid_request', message: 'no such thing' }],
    ['is a list', 400, '[{"error":{"message":"x"}}]', { message: 'x' }],
    ['has another form', 422, '{"detail":"not allowed"}', { kind: 'invalid_request', message: 'not allowed' }],
    [
      'is a page',
      502,
      '<html><h1>Bad gateway</h1></html>',
      { kind: 'server', message: 'the upstream answered 502 with a page of HTML' },
    ],
    ['is nothing', 503, '', { kind: 'overloaded', message: 'the upstream answered 503 without a body' }],
    ['is no JSON', 500, 'oops', { message: 'the upstream answered 500 with text that is not JSON' }],
    ['says nothing', 500, '{}', { message: 'the upstream answered 500 with no error that can be read' }],
    [
      'calls a client’s error its own',
      400,
      envelope({ message: 'x', type: 'server_error' }),
      { kind: 'invalid_request' },
    ],
  ];

  it.each(rows)('is read when it %s', (_name, status, text, expected) => {
    expect(readError(status, {}, text)).toMatchObject({ status, ...expected });
  });

  it('says how long to wait', () => {
    expect(readError(429, { 'retry-after': '7' }, '').retryAfterMs).toBe(7_000);
    expect(readError(429, { 'retry-after-ms': '150' }, '').retryAfterMs).toBe(150);
  });

  it('is bounded', () => {
    expect(readError(400, {}, envelope({ message: 'x'.repeat(9_000) })).message).toHaveLength(2_000);
  });

  const events: readonly [object, Partial<ModelError>][] = [
    [
      { type: 'error', code: 'server_error', message: 'x', param: null },
      { kind: 'server', status: 500, code: 'server_error' },
    ],
    [
      { type: 'error', error: { type: 'insufficient_quota', code: 'insufficient_quota', message: 'x' } },
      { kind: 'billing', status: 402 },
    ],
    [{ error: { code: 'rate_limit_exceeded', message: 'x' } }, { kind: 'rate_limit', status: 429 }],
    [{ error: { code: 'invalid_prompt', message: 'x' } }, { kind: 'invalid_request', status: 400 }],
    [{ error: { code: 'image_too_large', message: 'x' } }, { kind: 'invalid_request' }],
    [{ error: { code: 'slow_down', message: 'x' } }, { kind: 'overloaded', status: 529 }],
    [{}, { kind: 'server', message: 'the upstream sent an error event' }],
  ];

  it.each(events)('is read from a stream: %j', (event, expected) => {
    expect(errorOfEvent(event as never)).toMatchObject(expected);
  });
});

describe('an error for a client of the Responses API', () => {
  const error = (kind: ModelError['kind'], more: Partial<ModelError> = {}): ModelError => ({
    kind,
    status: statusOfKind(kind),
    message: 'why',
    code: 'own_code',
    param: 'tools[0]',
    retryAfterMs: null,
    ...more,
  });

  const statuses = [400, 401, 402, 403, 404, 409, 413, 429, 500, 504, 503];

  it.each(MODEL_ERROR_KINDS.map((kind, index) => [kind, statuses[index]] as const))(
    'has the status of %s',
    (kind, status) => {
      const reply = writeError(error(kind), 'req_1');
      expect(reply).toMatchObject({
        status,
        headers: { 'x-request-id': 'req_1' },
        json: { error: { message: 'why', param: 'tools[0]', type: expect.any(String), code: expect.any(String) } },
      });
    },
  );

  it('has the code of what went wrong', () => {
    const code = (kind: ModelError['kind']) =>
      (writeError(error(kind), 'r') as { json: { error: { code: string } } }).json.error.code;
    expect(
      ['invalid_request', 'billing', 'rate_limit', 'server'].map((kind) => code(kind as ModelError['kind'])),
    ).toEqual(['own_code', 'insufficient_quota', 'rate_limit_exceeded', 'server_error']);
  });

  it('says how long to wait, and of a spent budget that waiting is no use', () => {
    expect(writeError(error('rate_limit', { retryAfterMs: 1_200 }), 'r').headers).toMatchObject({ 'retry-after': '2' });
    expect(writeError(error('billing', { status: 429 }), 'r')).toMatchObject({
      status: 429,
      headers: { 'x-should-retry': 'false' },
    });
  });
});
