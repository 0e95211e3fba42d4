import { describe, expect, it } from 'vitest';
import { OperatingError } from '#foundation/errors';
import { modelRouteSchema } from './config.ts';
import { isRetried, waitMs } from './retry-rule.ts';

const retry = (more: object = {}) =>
  modelRouteSchema.parse({ model_pattern: '*', provider: 'anthropic', retry: more }).retry;
const refused = new OperatingError('upstream', 'upstream_refused', 'refused');
const late = new OperatingError('timeout', 'upstream_first_byte_timeout', 'late');

describe('what is tried again', () => {
  it.each([
    [429, null, true],
    [529, null, true],
    [400, null, false],
    [501, null, false],
    [null, refused, true],
    [null, late, true],
  ])('status %s', (status, error, expected) => {
    expect(isRetried(retry(), status, error)).toBe(expected);
  });

  it('can be said by classes', () => {
    expect(isRetried(retry({ on: ['5xx'] }), 501, null)).toBe(true);
    expect(isRetried(retry({ on: ['4xx'] }), 418, null)).toBe(true);
    expect(isRetried(retry({ on: ['timeout'] }), null, refused)).toBe(false);
    expect(isRetried(retry({ on: ['connection'] }), null, late)).toBe(false);
    expect(isRetried(retry({ on: [] }), 500, null)).toBe(false);
  });
});

describe('how long it is waited', () => {
  const refusal = (retryAfterMs: number | null) => ({ status: 503, error: null, retryAfterMs });
  it('doubles with each attempt, up to the longest wait, and is shortened by chance', () => {
    const rule = retry({ backoff_ms: 100, wait_ms_max: 350 });
    expect([2, 3, 4].map((attempt) => waitMs(rule, attempt, refusal(null), 1))).toEqual([100, 200, 350]);
    expect(waitMs(rule, 3, refusal(null), 0.5)).toBe(100);
  });

  it('is what the upstream asks for, unless that is too long', () => {
    const rule = retry({ wait_ms_max: 5_000 });
    expect(waitMs(rule, 2, refusal(5_000), 0)).toBe(5_000);
    expect(waitMs(rule, 2, refusal(5_001), 0)).toBeUndefined();
  });
});
