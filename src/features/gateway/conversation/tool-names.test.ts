import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptableCallId, createToolNames } from './tool-names.ts';

const ACCEPTABLE = /^[A-Za-z0-9_-]+$/;

describe('names of tools', () => {
  it('stay as they are where the target takes them', () => {
    expect(createToolNames().outward('look_up-2', 64)).toBe('look_up-2');
    expect(createToolNames().back('anything else')).toBe('anything else');
  });

  it('become names that the target takes, and come back whole', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.constantFrom(40, 64, 128), (name, most) => {
        const names = createToolNames();
        const outward = names.outward(name, most);
        expect(outward).toMatch(ACCEPTABLE);
        expect(outward.length).toBeLessThanOrEqual(most);
        expect(names.back(outward)).toBe(name);
      }),
    );
  });

  it('are the same in every request, and never the same for two tools', () => {
    expect(createToolNames().outward('my tool', 64)).toBe(createToolNames().outward('my tool', 64));
    const long = 'n'.repeat(200);
    const outward = ['my tool', 'my_tool', 'my.tool', 'my  tool', `${long}a`, `${long}b`, '', 'ä', 'ö'].map((name) =>
      createToolNames().outward(name, 64),
    );
    expect(new Set(outward).size).toBe(outward.length);
  });

  it('come back only as what went out', () => {
    const names = createToolNames();
    const outward = names.outward('my tool', 64);
    expect(createToolNames().back(outward)).toBe(outward);
  });
});

describe('ids of calls', () => {
  it('stay as they are where the target takes them, and equal where they are equal', () => {
    expect(acceptableCallId('call_1', 64)).toBe('call_1');
    expect(acceptableCallId('functions.n:0', 64)).toBe(acceptableCallId('functions.n:0', 64));
    expect(acceptableCallId('functions.n:0', 64)).not.toBe(acceptableCallId('functions_n_0', 64));
  });

  it('are what the target takes, whatever they were', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (id) => {
        expect(acceptableCallId(id, 40)).toMatch(/^[A-Za-z0-9_-]{1,40}$/);
      }),
    );
  });
});
