import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '#tests/support/manual-clock';
import { createMockUpstream, type MockUpstream } from './mock-upstream.ts';

let clock: ManualClock;
let mock: MockUpstream;

beforeEach(async () => {
  clock = createManualClock();
  mock = createMockUpstream({ clock });
  await mock.start?.();
});

afterEach(() => mock.stop?.());

async function send(body: unknown, path = '/messages') {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${mock.endpoint()}${path}`, { method: 'POST', body: text });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const asking = (content: unknown, more: object = {}) => ({
  model: 'm',
  max_tokens: 1_000,
  messages: [{ role: 'user', content }],
  ...more,
});

const TOOLS = [
  {
    name: 'first',
    input_schema: {
      type: 'object',
      properties: { n: { type: 'integer' }, k: { enum: ['x', 'y'] } },
      required: ['n', 'k'],
    },
  },
  { name: 'second', input_schema: { type: 'object' } },
];

describe('the mock upstream', () => {
  it('listens on loopback, on a port of its own', () => {
    expect(mock.endpoint()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
  });

  it('gives the same request the same answer, to the byte', async () => {
    const answers = new Set<string>();
    for (let turn = 0; turn < 3; turn++) answers.add((await send(asking('hello', { stream: true }))).text);
    expect(answers.size).toBe(1);
  });

  it('uses the tool that it is asked to use', async () => {
    const contentOf = async (body: object) => JSON.parse((await send(body)).text).content[0];
    expect(await contentOf(asking('use tool second', { tools: TOOLS }))).toMatchObject({
      type: 'tool_use',
      name: 'second',
      input: {},
    });
    expect(await contentOf(asking('use a tool', { tools: TOOLS }))).toMatchObject({
      name: 'first',
      input: { n: 1, k: 'x' },
    });
    expect(
      await contentOf(asking('hi', { tools: TOOLS, tool_choice: { type: 'tool', name: 'second' } })),
    ).toMatchObject({ name: 'second' });
    expect(await contentOf(asking('use tool first with {"n":7}', { tools: TOOLS }))).toMatchObject({ input: { n: 7 } });
    expect(await contentOf(asking('use tool absent', { tools: TOOLS }))).toMatchObject({ type: 'text' });
    expect(await contentOf(asking('use a tool'))).toMatchObject({ type: 'text' });
  });

  it('stops at max_tokens', async () => {
    const message = JSON.parse((await send(asking('mock-words-100', { max_tokens: 3 }))).text);
    expect([message.stop_reason, message.usage.output_tokens, message.content[0].text.length]).toEqual([
      'max_tokens',
      3,
      12,
    ]);
  });

  it('fails as it is asked to', async () => {
    const limited = await send(asking('mock-error-429'));
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    expect(JSON.parse(limited.text).error.type).toBe('rate_limit_error');
    expect((await send(asking('x', { model: 'claude-mock-error-529' }))).status).toBe(529);
    expect((await send(asking('mock-html'))).text).toContain('<html>');
    await expect(send(asking('mock-cut'))).rejects.toThrow();
  });

  it('answers late by the clock it is given', async () => {
    let answered = false;
    const late = send(asking('mock-latency-5000')).then(() => {
      answered = true;
    });
    while (mock.stats().messages === 0) await new Promise(setImmediate);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(answered).toBe(false);
    clock.advance(5_000);
    await late;
    expect(answered).toBe(true);
  });

  it('refuses what the real one refuses', async () => {
    for (const body of ['{', '[]', {}, { model: 'm', messages: [] }, asking('x', { max_tokens: undefined })]) {
      const { status, text } = await send(body);
      expect([status, JSON.parse(text).error.type]).toEqual([400, 'invalid_request_error']);
    }
    expect((await send({}, '/elsewhere')).status).toBe(404);
  });

  it('counts what arrives', async () => {
    await send(asking('x'));
    await send(asking('x'), '/messages/count_tokens');
    const head = await fetch(new URL('/', mock.endpoint()), { method: 'HEAD' });
    expect(head.status).toBe(200);
    const stats = await (await fetch(new URL('/stats', mock.endpoint()))).json();
    expect(stats).toEqual({ messages: 1, count_tokens: 1, models: 0, other: 1 });
  });
});
