import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WIRES } from '../config.ts';
import { proofOf, proofText } from './carried-proof.ts';

describe('a proof of reasoning', () => {
  const proofs = fc.record({
    dialect: fc.constantFrom(...WIRES),
    kind: fc.constantFrom('signature' as const, 'hidden' as const),
    value: fc.string({ unit: 'binary', minLength: 1 }),
    id: fc.option(fc.string({ unit: 'grapheme', minLength: 1 }), { nil: null }),
  });

  it('comes back whole from the place of another dialect', () => {
    fc.assert(
      fc.property(proofs, fc.constantFrom(...WIRES), (proof, dialect) => {
        fc.pre(proof.dialect !== dialect);
        expect(proofOf(proofText(proof, dialect), dialect, 'signature')).toEqual(proof);
      }),
    );
  });

  it('goes as it is where it comes from', () => {
    const proof = { dialect: 'anthropic', kind: 'signature', value: 'c2ln', id: null } as const;
    expect(proofText(proof, 'anthropic')).toBe('c2ln');
    expect(proofOf('c2ln', 'anthropic', 'signature')).toEqual(proof);
  });

  it('keeps the id of its item even at home', () => {
    const proof = { dialect: 'openai-responses', kind: 'hidden', value: 'ZW5j', id: 'rs_1' } as const;
    expect(proofOf(proofText(proof, 'openai-responses'), 'openai-responses', 'hidden')).toEqual(proof);
  });

  it.each([
    'sp1',
    'sp1.anthropic',
    'sp1.nobody.hidden..x',
    'sp1.gemini.other..x',
    'sp2.gemini.hidden..x',
    'xsp1.gemini.hidden..x',
  ])('with a tag that is none is the dialect’s own: %s', (text) => {
    expect(proofOf(text, 'anthropic', 'hidden')).toEqual({
      dialect: 'anthropic',
      kind: 'hidden',
      value: text,
      id: null,
    });
  });
});
