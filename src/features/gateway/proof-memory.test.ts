import { describe, expect, it } from 'vitest';
import { createManualClock } from '#tests/support/manual-clock';
import type { ReasoningProof } from './conversation/part.ts';
import { createProofMemory } from './proof-memory.ts';

function proof(value: string): ReasoningProof {
  return { dialect: 'gemini', kind: 'signature', value, id: null };
}

function memoryOf(entriesMax = 3) {
  const clock = createManualClock();
  return { clock, memory: createProofMemory({ entriesMax, clock, keepMs: 1_000 }) };
}

describe('the memory of proofs', () => {
  it('gives back what it was given, as often as it is asked', () => {
    const { memory } = memoryOf();
    memory.remember('acme/ada', 'call_1', proof('one'));
    expect(memory.recall('acme/ada', 'call_1')?.value).toBe('one');
    expect(memory.recall('acme/ada', 'call_1')?.value).toBe('one');
    memory.remember('acme/ada', 'call_1', proof('two'));
    expect(memory.recall('acme/ada', 'call_1')?.value).toBe('two');
  });

  it('gives nobody what is another owner’s, however their names are cut', () => {
    const { memory } = memoryOf();
    memory.remember('acme/ada', 'call_1', proof('one'));
    for (const [owner, id] of [
      ['acme/bob', 'call_1'],
      ['acme/adac', 'all_1'],
      ['acme/ad', 'acall_1'],
      ['', '8:acme/adacall_1'],
    ]) {
      expect(memory.recall(owner ?? '', id ?? '')).toBeNull();
    }
  });

  it('forgets first what was longest of no use', () => {
    const { memory } = memoryOf(2);
    memory.remember('o', 'a', proof('a'));
    memory.remember('o', 'b', proof('b'));
    memory.recall('o', 'a');
    memory.remember('o', 'c', proof('c'));
    expect(['a', 'b', 'c'].map((id) => memory.recall('o', id)?.value)).toEqual(['a', undefined, 'c']);
  });

  it('forgets what nobody asked for in time, and counts that time from the last use', () => {
    const { memory, clock } = memoryOf();
    memory.remember('o', 'a', proof('a'));
    memory.remember('o', 'b', proof('b'));
    clock.advance(600);
    expect(memory.recall('o', 'a')?.value).toBe('a');
    clock.advance(600);
    expect(memory.recall('o', 'b')).toBeNull();
    expect(memory.recall('o', 'a')?.value).toBe('a');
    clock.advance(1_000);
    expect(memory.recall('o', 'a')).toBeNull();
  });

  it('keeps no proof that is too long, and never more than its bound in all', () => {
    const { memory } = memoryOf(10_000);
    memory.remember('o', 'long', proof('x'.repeat(200_000)));
    expect(memory.recall('o', 'long')).toBeNull();
    const large = proof('x'.repeat(131_072));
    for (let index = 0; index < 513; index++) memory.remember('o', `call_${index}`, large);
    expect(memory.recall('o', 'call_0')).toBeNull();
    expect(memory.recall('o', 'call_512')).toBe(large);
  });
});
