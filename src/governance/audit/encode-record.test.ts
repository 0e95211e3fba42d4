import { describe, expect, it } from 'vitest';
import { canonicalJson, parseTrustedJson } from '#foundation/json';
import { decisionRecord, modelOutcome, toolOutcome, usageEvent } from '#tests/support/audit-records';
import { encodeRecord, withoutContents } from './encode-record.ts';
import type { AuditRecord } from './record.ts';

const PLACE = { logId: '0123456789ab', seq: 7, prev: 'AAAA' };

const base = decisionRecord();
const RECORDS: readonly (readonly [string, AuditRecord])[] = [
  ['a decision', base],
  [
    'a decision with every member',
    decisionRecord({
      agent_id: 'agent-1',
      plugin_id: 'plugin-1',
      reason: 'because of "this" \u2014 \u{1f600}\n',
      evaluated_rules: {
        ...base.evaluated_rules,
        findings: [
          { check: 'b', result: 'deny', detail: 'd', durationMicros: 3, rule: 'r', path: 'a[0].b' },
          { check: 'a', result: 'skipped', detail: '', durationMicros: 0 },
        ],
        server: 'files',
        tool_use_id: 'toolu_1',
        retry_after_ms: 1_500,
      },
    }),
  ],
  ['a model outcome', modelOutcome('x-1')],
  ['a tool outcome', toolOutcome('x-1')],
  ['an event', usageEvent('key')],
];

describe('the text of a record', () => {
  it.each(RECORDS)('is canonical JSON of its members and its place: %s', (_, record) => {
    const text = encodeRecord(record, PLACE);
    expect(text).toBe(canonicalJson({ ...record, log_id: PLACE.logId, seq: PLACE.seq, prev: PLACE.prev }));
    expect(canonicalJson(parseTrustedJson(text))).toBe(text);
  });

  it('holds neither U+0000 nor half a surrogate pair, wherever they stood', () => {
    const odd = toolOutcome('x-1', { error: 'a\0b' });
    if (odd.effect?.type !== 'tool_call') throw new Error('the fixture is a tool call');
    const input = { 'key\0': ['\ud83d', { deep: '\udc00 and \u{1f600}' }], text: 'the word \\u0000' };
    const text = encodeRecord({ ...odd, effect: { ...odd.effect, input } }, PLACE);
    expect(parseTrustedJson(text)).toMatchObject({
      error: 'a\uFFFDb',
      effect: { input: { 'key\uFFFD': ['\uFFFD', { deep: '\uFFFD and \u{1f600}' }], text: 'the word \\u0000' } },
    });
  });

  it('may leave the contents of an outcome out, and never what it cost', () => {
    expect(withoutContents(base)).toBe(base);
    expect(withoutContents(modelOutcome('x-1'))).toMatchObject({
      status: 'completed',
      effect: {
        cost_microdollars: 546,
        messages: [
          { role: 'user', content: { omitted: true, bytes: 16, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
          {},
        ],
        tool_calls: [{ tool_use_id: 'toolu_1', input: { omitted: true } }],
        payload: null,
      },
    });
    expect(withoutContents(toolOutcome('x-1'))).toMatchObject({
      effect: { server: 'files', input: { omitted: true, bytes: 15 }, output: { omitted: true } },
    });
  });
});
