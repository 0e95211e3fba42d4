import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from './answer-event.ts';
import type { Citation, Part } from './part.ts';
import { createPartSequencer } from './sequence-parts.ts';

const PROOF = { dialect: 'gemini', kind: 'signature', value: 'Z2Vt', id: null } as const;

const CITATION: Citation = { kind: 'web', url: null, title: null, quote: 'q', span: null, native: null };

function sequenced() {
  const events: AnswerEvent[] = [];
  return { events, parts: createPartSequencer((event) => events.push(event)) };
}

/** `open:text`, `delta:words`, `close`, in order. */
function told(events: readonly AnswerEvent[]): readonly string[] {
  return events.map((event) => {
    if (event.type === 'open') return `open:${event.part.type === 'tool_call' ? event.part.id : event.part.type}`;
    return event.type === 'delta' ? `delta:${event.text}` : event.type;
  });
}

describe('parts that come interleaved', () => {
  it('flow one after the other, the oldest at once and the others when it is closed', () => {
    const { events, parts } = sequenced();
    parts.open('a', { type: 'tool_call', id: 'A', name: 'n' });
    parts.delta('a', '1');
    parts.open('b', { type: 'tool_call', id: 'B', name: 'n' });
    parts.delta('b', 'x');
    parts.delta('a', '2');
    parts.citation('b', CITATION);
    parts.delta('b', 'y');
    expect(told(events)).toEqual(['open:A', 'delta:1', 'delta:2']);
    parts.close('a', PROOF);
    expect(told(events).slice(3)).toEqual(['close', 'open:B', 'delta:xy', 'citation']);
    parts.delta('b', 'z');
    parts.citation('b', CITATION);
    parts.close('b');
    expect(told(events).slice(7)).toEqual(['delta:z', 'citation', 'close']);
    expect(events.filter((event) => event.type === 'close').map((event) => event.proof)).toEqual([PROOF, null]);
  });

  it('wait their turn when they come whole, or are closed before it', () => {
    const { events, parts } = sequenced();
    const whole: Part = { type: 'refusal', text: 'No.', at: '' };
    parts.open('a', { type: 'text' });
    parts.whole(whole);
    parts.open('b', { type: 'reasoning' });
    parts.delta('b', 'x');
    parts.close('b', PROOF);
    parts.delta('b', 'too late');
    parts.citation('b', CITATION);
    expect(told(events)).toEqual(['open:text']);
    parts.closeAll();
    expect(told(events)).toEqual(['open:text', 'close', 'part', 'open:reasoning', 'delta:x', 'close']);
    expect(events.at(-1)).toEqual({ type: 'close', proof: PROOF });
  });

  it('are nothing without their beginning, and begin once', () => {
    const { events, parts } = sequenced();
    parts.delta('a', 'x');
    parts.citation('a', CITATION);
    parts.close('a');
    parts.open('a', { type: 'text' });
    parts.open('a', { type: 'refusal' });
    parts.delta('a', '');
    parts.close('a');
    parts.close('a');
    parts.open('a', { type: 'text' });
    parts.closeAll();
    expect(told(events)).toEqual(['open:text', 'close']);
  });

  it('end in an error when more waits than is bearable, and in nothing else', () => {
    const { events, parts } = sequenced();
    const piece = 'x'.repeat(4_194_304);
    parts.open('a', { type: 'text' });
    parts.open('b', { type: 'text' });
    for (let count = 0; count < 6; count++) parts.delta('b', piece);
    parts.close('a');
    parts.open('c', { type: 'text' });
    parts.delta('a', 'x');
    parts.closeAll();
    expect(told(events)).toEqual(['open:text', 'error']);
  });

  it('keep the grammar and every word, however they come', () => {
    const step = fc.tuple(fc.constantFrom('open', 'delta', 'close', 'whole'), fc.nat(4), fc.string({ maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { events, parts } = sequenced();
        const words = new Map<string, string>();
        const closed = new Set<string>();
        for (const [kind, number, text] of steps) {
          const key = String(number);
          if (kind === 'open') {
            parts.open(key, { type: 'tool_call', id: key, name: 'n' });
            if (!words.has(key)) words.set(key, '');
          } else if (kind === 'delta') {
            parts.delta(key, text);
            if (words.has(key) && !closed.has(key)) words.set(key, `${words.get(key)}${text}`);
          } else if (kind === 'close') {
            parts.close(key);
            if (words.has(key)) closed.add(key);
          } else parts.whole({ type: 'refusal', text, at: '' });
        }
        parts.closeAll();
        const letters = { open: 'o', delta: 'd', close: 'c', part: 'p', citation: 'd' } as Record<string, string>;
        expect(events.map((event) => letters[event.type]).join('')).toMatch(/^(od*c|p)*$/);
        const said = new Map<string, string>();
        let open = '';
        for (const event of events) {
          if (event.type === 'open' && event.part.type === 'tool_call') {
            open = event.part.id;
            said.set(open, '');
          } else if (event.type === 'delta') said.set(open, `${said.get(open)}${event.text}`);
        }
        expect(said).toEqual(words);
      }),
    );
  });
});
