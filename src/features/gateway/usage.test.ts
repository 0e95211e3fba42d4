import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#foundation/json';
import { mergeUsage, readUsage } from './usage.ts';

function reported(...reports: JsonObject[]) {
  const usage = readUsage(reports.reduce<JsonObject>((before, report) => mergeUsage(before, report), {}));
  return [
    usage.inputTokens,
    usage.outputTokens,
    usage.cacheReadTokens,
    usage.cacheWrite5mTokens,
    usage.cacheWrite1hTokens,
  ];
}

describe('usage', () => {
  it('is replaced by later totals and never added up', () => {
    const start = { input_tokens: 10, output_tokens: 1, cache_read_input_tokens: 500, cache_creation_input_tokens: 20 };
    expect(reported(start, { output_tokens: 50 }, { output_tokens: 80, input_tokens: 12 })).toEqual([
      12, 80, 500, 20, 0,
    ]);
  });

  it('keeps what a later report leaves out or sets to null', () => {
    const start = { input_tokens: 10, output_tokens: 1, cache_read_input_tokens: 500 };
    expect(reported(start, { output_tokens: 9, cache_read_input_tokens: null })).toEqual([10, 9, 500, null, null]);
  });

  it('splits cache writes by lifetime, and takes what the split leaves out as five-minute', () => {
    const split = { cache_creation: { ephemeral_5m_input_tokens: 30, ephemeral_1h_input_tokens: 70 } };
    expect(reported({ cache_creation_input_tokens: 100, ...split }).slice(3)).toEqual([30, 70]);
    expect(
      reported({ cache_creation_input_tokens: 100, ...split }, { cache_creation_input_tokens: 120 }).slice(3),
    ).toEqual([50, 70]);
    expect(reported(split).slice(3)).toEqual([30, 70]);
  });

  it('adds a compaction, which the totals beside it do not include, and sets an advisor apart', () => {
    const usage = readUsage({
      input_tokens: 100,
      output_tokens: 10,
      iterations: [
        { type: 'compaction', input_tokens: 5_000, output_tokens: 700 },
        { type: 'message', input_tokens: 100, output_tokens: 10 },
        { type: 'advisor_message', model: 'claude-opus-4-1', input_tokens: 7, output_tokens: 3 },
      ],
    });
    expect([usage.inputTokens, usage.outputTokens]).toEqual([5_100, 710]);
    expect(usage.others).toMatchObject([{ model: 'claude-opus-4-1', usage: { inputTokens: 7, outputTokens: 3 } }]);
  });

  it('takes garbage for silence', () => {
    expect(reported({ input_tokens: -4, output_tokens: 1.5, cache_read_input_tokens: 'many' })).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});
