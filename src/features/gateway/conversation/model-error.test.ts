import { describe, expect, it } from 'vitest';
import { kindOfStatus, MODEL_ERROR_KINDS, statusOfKind } from './model-error.ts';

describe('the kind of an upstream’s error', () => {
  it.each(MODEL_ERROR_KINDS.map((kind) => [kind]))('%s comes back from its own status', (kind) => {
    expect(kindOfStatus(statusOfKind(kind))).toBe(kind);
  });

  it.each([
    [400, 'invalid_request'],
    [408, 'timeout'],
    [418, 'invalid_request'],
    [422, 'invalid_request'],
    [429, 'rate_limit'],
    [500, 'server'],
    [501, 'server'],
    [502, 'server'],
    [503, 'overloaded'],
    [529, 'overloaded'],
    [599, 'server'],
    [302, 'server'],
    [200, 'server'],
  ])('of the bare status %s is %s', (status, kind) => {
    expect(kindOfStatus(status)).toBe(kind);
  });
});
