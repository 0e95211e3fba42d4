import { describe, expect, it } from 'vitest';
import { guardrailsConfigSchema } from '#governance/guardrails/config';
import { createContentGuard } from '#governance/guardrails/content-guard';
import { createOutputScanner } from '#governance/guardrails/output-scanner';
import { createTestScanner, createTestSecrets } from '#governance/secret-scan/testing/test-scanner';
import { createManualClock } from '#tests/support/manual-clock';
import { gatewayConfigSchema, WIRES, type Wire } from '../config.ts';
import { NativeStreamGuard } from './native-stream-guard.ts';
import { OutputActions } from './output-action.ts';

const AWS_KEY = 'AKIA' + 'IOSFODNN7EXAMPLE';
const STORED = 'quiet-harbour-of-ours';
const CARD = '4111 1111 1111 1111';

const config = guardrailsConfigSchema.parse({});
const scanner = createOutputScanner({
  scanner: createTestScanner({}, createTestSecrets({ internal: STORED })),
  guard: createContentGuard({ config, clock: createManualClock() }),
});

function actions(guard: object): OutputActions {
  return new OutputActions(gatewayConfigSchema.parse({ output_guard: guard }).output_guard, scanner);
}

const json = (value: unknown) => JSON.stringify(value);

/** A stream of each wire that says the texts one after the other, and ends. */
const STREAMS: Readonly<Record<Wire, (texts: readonly string[]) => string>> = {
  anthropic: (texts) =>
    [
      ...texts.map(
        (text) =>
          `event: content_block_delta\ndata: ${json({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })}\n\n`,
      ),
      'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
      'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    ].join(''),
  'openai-chat': (texts) =>
    [
      ...texts.map((content) => `data: ${json({ choices: [{ index: 0, delta: { content } }] })}\n\n`),
      'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
    ].join(''),
  'openai-responses': (texts) =>
    [
      ...texts.map(
        (delta) =>
          `event: response.output_text.delta\ndata: ${json({ type: 'response.output_text.delta', item_id: 'm', content_index: 0, delta })}\n\n`,
      ),
      `event: response.output_text.done\ndata: ${json({ type: 'response.output_text.done', item_id: 'm', text: texts.join('') })}\n\n`,
      'event: response.completed\ndata: {"type":"response.completed","response":{}}\n\n',
    ].join(''),
  gemini: (texts) =>
    [
      ...texts.map((text) => `data: ${json({ candidates: [{ content: { parts: [{ text }] }, index: 0 }] })}\r\n\r\n`),
      'data: {"candidates":[{"content":{"parts":[]},"finishReason":"STOP","index":0}]}\r\n\r\n',
    ].join(''),
};

/** The members that hold the text of a delta, in their order. */
const deltaTexts = (stream: string) =>
  [...stream.matchAll(/^(?!.*output_text\.done)data: .*?"(?:text|content|delta)":("(?:[^"\\]|\\.)*")/gm)]
    .map(([, text]) => JSON.parse(text ?? '""') as string)
    .join('');

function guarded(wire: Wire, chunks: readonly Buffer[], how: OutputActions): string {
  const guard = new NativeStreamGuard(wire, how);
  const out = chunks.map((chunk) => guard.pass(chunk).toString('utf8'));
  return out.join('') + guard.rest().toString('utf8');
}

describe.each(WIRES)('a guarded stream of %s', (wire) => {
  it.each([AWS_KEY, STORED])('redacts a secret that is split anywhere, and keeps every other byte', (secret) => {
    for (let split = 1; split < secret.length; split++) {
      const before = `Hello, the key is ${secret.slice(0, split)}`;
      const after = `${secret.slice(split)} and no more`;
      const how = actions({ secrets: 'redact' });
      const out = guarded(wire, [Buffer.from(STREAMS[wire](['Wait. ', before, after, '.']))], how);
      expect(deltaTexts(out)).toMatch(/^Wait\. Hello, the key is (?:AK?I?|qu?)?\[redacted:[a-z-]+\] and no more\.$/);
      expect(out).not.toContain(secret.slice(4));
      expect(how.interventions[0]).toMatchObject({ action: 'redact' });
      expect(JSON.stringify(how.interventions)).not.toContain(secret);
    }
  });

  it('redacts a second secret close behind the first, wherever it is split', () => {
    const text = `${AWS_KEY} ${AWS_KEY} end`;
    for (let split = 1; split < text.length; split++) {
      const stream = STREAMS[wire]([text.slice(0, split), text.slice(split)]);
      const out = guarded(wire, [Buffer.from(stream)], actions({ secrets: 'redact' }));
      expect(deltaTexts(out).match(/\[redacted:aws-access-key\]/g)).toHaveLength(2);
      expect(out).not.toContain(AWS_KEY.slice(4));
    }
  });

  it('redacts a secret of which every character comes alone', () => {
    const texts = ['key ', ...AWS_KEY, ' end'];
    const out = guarded(wire, [Buffer.from(STREAMS[wire](texts))], actions({ secrets: 'redact' }));
    expect(deltaTexts(out)).not.toContain(AWS_KEY.slice(4));
    expect(deltaTexts(out)).toMatch(/^key A?K?I?\[redacted:aws-access-key\] end$/);
  });

  it('is the same for every cut of its bytes', () => {
    const bytes = Buffer.from(STREAMS[wire](['é 👩 key ', AWS_KEY.slice(0, 9), `${AWS_KEY.slice(9)} end`]));
    const whole = guarded(wire, [bytes], actions({ secrets: 'redact' }));
    for (let cut = 1; cut < bytes.length; cut++) {
      const parts = [bytes.subarray(0, cut), bytes.subarray(cut)];
      expect([cut, guarded(wire, parts, actions({ secrets: 'redact' }))]).toEqual([cut, whole]);
    }
    const each = [...bytes].map((byte) => Buffer.from([byte]));
    expect(guarded(wire, each, actions({ secrets: 'redact' }))).toBe(whole);
  });

  it('stops before a secret that blocks, wherever it is split', () => {
    for (let split = 1; split < AWS_KEY.length; split++) {
      const how = actions({ secrets: 'block' });
      const texts = ['Hello. ', `key ${AWS_KEY.slice(0, split)}`, `${AWS_KEY.slice(split)} end`, 'more'];
      const out = guarded(wire, [Buffer.from(STREAMS[wire](texts))], how);
      expect(how.blockedBy).toMatchObject({ rule: 'aws-access-key', action: 'block' });
      expect(out).not.toContain(AWS_KEY.slice(4));
      expect(deltaTexts(out)).toMatch(/^Hello\. (key A?K?I?)?$/);
    }
  });

  it('passes plain words at once and byte for byte', () => {
    const stream = STREAMS[wire](['The quick ', 'brown fox', ' jumps over ', 'the lazy dog.']);
    const guard = new NativeStreamGuard(wire, actions({ secrets: 'redact' }));
    let passed = '';
    for (const event of stream.match(/[\s\S]*?\r?\n\r?\n/g) ?? []) {
      passed += guard.pass(Buffer.from(event)).toString('utf8');
      expect(guard.held).toBe(0);
    }
    expect(passed).toBe(stream);
  });

  it('holds no more than the longest rule needs of a hostile text of 100 KB, and is linear', () => {
    const guard = new NativeStreamGuard(wire, actions({ secrets: 'redact' }));
    const event = Buffer.from(STREAMS[wire](['a1B']).match(/[\s\S]*?\r?\n\r?\n/)?.[0] ?? '');
    for (let count = 0; count < 33_000; count++) {
      guard.pass(event);
      expect(guard.held * 3).toBeLessThanOrEqual(scanner.charactersMax * 1.1 + 256);
    }
  }, 30_000);
});

describe('arguments of tools', () => {
  const stream = (pieces: readonly string[]) =>
    [
      ...pieces.map(
        (partial_json) =>
          `event: content_block_delta\ndata: ${json({ type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json } })}\n\n`,
      ),
      'event: content_block_stop\ndata: {"type":"content_block_stop","index":1}\n\n',
    ].join('');
  const argumentsOf = (out: string) =>
    [...out.matchAll(/"partial_json":("(?:[^"\\]|\\.)*")/g)].map(([, text]) => JSON.parse(text ?? '')).join('');

  it('stay JSON wherever a secret in them is split', () => {
    const text = json({ command: `curl -H "X: ${AWS_KEY}"`, card: Number(CARD.replaceAll(' ', '')), last: true });
    for (let split = 1; split < text.length; split++) {
      const how = actions({ secrets: 'redact', personal_data: 'redact' });
      const out = guarded('anthropic', [Buffer.from(stream([text.slice(0, split), text.slice(split)]))], how);
      expect([split, how.interventions, how.blockedBy]).toEqual([split, how.interventions, undefined]);
      expect(JSON.parse(argumentsOf(out))).toEqual({
        command: expect.stringMatching(/^curl -H "X: A?K?I?\[redacted:aws-access-key\]"$/),
        card: '[redacted:credit-card]',
        last: true,
      });
    }
  });

  it('are blocked where a label would break them', () => {
    const how = actions({ secrets: 'redact' });
    const encoded = Buffer.from(`key ${AWS_KEY} of ours`).toString('base64');
    guarded('anthropic', [Buffer.from(stream([json({ a: encoded })]))], how);
    expect(how.blockedBy).toMatchObject({ rule: 'aws-access-key' });
  });
});

describe('what stands elsewhere in an event', () => {
  it('is edited too: whole arguments, and data over several lines', () => {
    const call = json({
      candidates: [{ content: { parts: [{ functionCall: { name: 'f', args: { k: AWS_KEY } } }] } }],
    });
    const out = guarded('gemini', [Buffer.from(`data: ${call}\n\n`)], actions({ secrets: 'redact' }));
    expect(out).toBe(`data: ${call.replace(AWS_KEY, '[redacted:aws-access-key]')}\n\n`);
    const lines = `data: {"candidates":[{"index":0,\ndata: "content":{"parts":[{"text":${json(AWS_KEY)}}]}}]}\n\n`;
    expect(guarded('gemini', [Buffer.from(lines)], actions({ secrets: 'redact' }))).not.toContain(AWS_KEY);
  });

  it('blocks where it cannot be read', () => {
    const how = actions({ secrets: 'redact' });
    expect(guarded('gemini', [Buffer.from(`data: {"broken ${AWS_KEY}\n\n`)], how)).toBe('');
    expect(how.blockedBy?.rule).toBe('aws-access-key');
  });
});
