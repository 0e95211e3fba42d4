import { describe, expect, it } from 'vitest';
import { type JsonValue, mapStrings } from '#foundation/json';
import { modelRequestOf } from '#tests/support/model-requests';
import { CONTENT_MODES, type ContentMode } from './config.ts';
import { recordContent } from './content-record.ts';
import { createStreamTap } from './message-tap.ts';
import { createPayloadCapture } from './payload-capture.ts';

const SECRET = 'sk-planted-0123456789';
const redact = (value: JsonValue) => mapStrings(value, (text) => text.replaceAll(SECRET, '[secret]'));
const event = (type: string, more: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;

type Options = {
  readonly history?: string;
  readonly answer?: readonly string[];
  readonly filler?: number;
  readonly redactJudged?: (value: JsonValue) => JsonValue;
};

function recorded(mode: ContentMode, options: Options = {}) {
  const body = {
    model: 'm',
    system: 'be brief',
    messages: [
      { role: 'user', content: options.history ?? 'earlier' },
      { role: 'assistant', content: 'yes' },
      { role: 'user', content: [{ type: 'text', text: 'new question' }] },
    ],
    filler: 'x'.repeat(options.filler ?? 0),
  };
  const bytes = Buffer.from(JSON.stringify(body).replace('earlier', 'e\\u0061rlier'));
  const stream = [
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...(options.answer ?? ['an', 'swer']).map((text) =>
      event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
    ),
    event('content_block_start', {
      index: 1,
      content_block: { type: 'tool_use', id: 'toolu_1', name: 'read', input: { p: 1 } },
    }),
  ].join('');
  const tap = createStreamTap(true);
  tap.push(Buffer.from(stream));
  const requestPayload = createPayloadCapture({ isCompressed: false });
  const responsePayload = createPayloadCapture({ isCompressed: false });
  requestPayload.push(bytes);
  responsePayload.push(Buffer.from(stream));
  const message = tap.result();
  const request = modelRequestOf(bytes);
  const redactJudged = options.redactJudged ?? redact;
  return recordContent({ mode, request, message, requestPayload, responsePayload, redact, redactJudged });
}

describe('what is recorded of a conversation', () => {
  it('is what was new, and the answer', () => {
    expect(recorded('full').messages).toEqual([
      { role: 'system', content: 'be brief' },
      { role: 'user', content: [{ type: 'text', text: 'new question' }] },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'answer' },
          { type: 'tool_use', id: 'toolu_1', name: 'read', input: { p: 1 } },
        ],
      },
    ]);
  });

  it('always names the tool uses, whatever the mode', () => {
    for (const mode of CONTENT_MODES) {
      expect(recorded(mode).tool_calls).toMatchObject([{ tool_use_id: 'toolu_1', tool_name: 'read' }]);
    }
  });

  it('is nothing of the content in the modes none and metadata', () => {
    const none = recorded('none');
    expect([none.messages, none.payload, none.tool_calls[0]?.input]).toEqual([[], null, null]);
    const metadata = recorded('metadata');
    expect(JSON.stringify(metadata)).not.toMatch(/question|answer|brief/);
    expect(metadata.messages[1]).toEqual({ role: 'user', content: [{ type: 'text', characters: 37 }] });
    expect(metadata.payload?.request).toMatchObject({ text: null, truncated: false });
    expect(metadata.payload?.request.bytes).toBeGreaterThan(100);
  });

  it('keeps a body that holds no credential as it was, escapes and all', () => {
    expect(recorded('redacted').payload?.request.text).toContain('e\\u0061rlier');
  });

  it('holds no credential in the mode redacted, neither from the history nor from the answer', () => {
    const text = JSON.stringify(recorded('redacted', { history: SECRET, answer: ['it is sk-plan', 'ted-0123456789'] }));
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain('sk-plan');
    expect(text).toContain('it is [secret]');
  });

  it('keeps the ends of a long body only where they need no redaction', () => {
    expect(recorded('redacted', { filler: 300_000 }).payload?.request).toMatchObject({ text: null, truncated: true });
    expect(recorded('full', { filler: 300_000 }).payload?.request.text).toContain('bytes left out');
  });

  it('does not search the turns of a long request again once they were judged, and always its answer', () => {
    const searched: JsonValue[] = [];
    const long = { filler: 300_000, answer: ['it is sk-plan', 'ted-0123456789'] };
    const redactJudged = (value: JsonValue): JsonValue => {
      searched.push(value);
      return value;
    };
    const { messages } = recorded('redacted', { ...long, redactJudged });
    expect(searched).toEqual(['be brief', [{ type: 'text', text: 'new question' }]]);
    expect(messages.at(-1)).toMatchObject({ content: [{ text: 'it is [secret]' }, {}] });
  });

  it('is bounded, also for answers without end', () => {
    const long = recorded('full', { answer: Array.from({ length: 40 }, () => 'y'.repeat(10_000)) });
    expect(JSON.stringify(long.messages).length).toBeLessThan(300_000);
  });
});
