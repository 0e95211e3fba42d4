import { describe, expect, it } from 'vitest';
import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import { createToolNames } from '#features/gateway/conversation/tool-names';
import type { JsonObject } from '#foundation/json';
import { collected, targetOf } from '#tests/support/dialects';
import { createStreamReader } from './read-stream.ts';

type Sent = JsonObject & { readonly type: string };

function read(
  events: readonly (Sent | string)[],
  options: { isCut?: boolean; from?: ReturnType<typeof targetOf> } = {},
) {
  const emitted: AnswerEvent[] = [];
  const reader = createStreamReader((event) => emitted.push(event), options.from ?? targetOf());
  for (const event of events) {
    if (typeof event === 'string') reader.event('', event);
    else reader.event(event.type, JSON.stringify(event));
  }
  if (options.isCut !== true) reader.end();
  return emitted;
}

const USAGE = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 60 },
  output_tokens: 40,
  output_tokens_details: { reasoning_tokens: 30 },
};
const CREATED: Sent = {
  type: 'response.created',
  response: { id: 'resp_1', model: 'gpt-5', status: 'in_progress', output: [], usage: null },
};
const ended = (more: JsonObject = {}, type = 'response.completed'): Sent => ({
  type,
  response: { id: 'resp_1', model: 'gpt-5', status: type.slice('response.'.length), output: [], usage: USAGE, ...more },
});
const added = (output_index: number, item: JsonObject): Sent => ({
  type: 'response.output_item.added',
  output_index,
  item,
});
const done = (output_index: number, item: JsonObject): Sent => ({
  type: 'response.output_item.done',
  output_index,
  item,
});
const at = (output_index: number, content_index = 0) => ({
  item_id: `item_${output_index}`,
  output_index,
  content_index,
});
const textDelta = (index: number, delta: string, content = 0): Sent => ({
  type: 'response.output_text.delta',
  ...at(index, content),
  delta,
});
const message = (index: number, text: string): JsonObject => ({
  id: `item_${index}`,
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [] }],
});
const call = (index: number, args: string, name = 'look_up'): JsonObject => ({
  id: `item_${index}`,
  type: 'function_call',
  call_id: `call_${index}`,
  name,
  arguments: args,
});
const argsDelta = (index: number, delta: string): Sent => ({
  type: 'response.function_call_arguments.delta',
  ...at(index),
  delta,
});

const FULL: readonly Sent[] = [
  CREATED,
  { type: 'response.in_progress', response: { id: 'resp_1', model: 'gpt-5' } },
  added(0, { id: 'item_0', type: 'reasoning', summary: [] }),
  {
    type: 'response.reasoning_summary_part.added',
    ...at(0),
    summary_index: 0,
    part: { type: 'summary_text', text: '' },
  },
  { type: 'response.reasoning_summary_text.delta', ...at(0), summary_index: 0, delta: 'One' },
  { type: 'response.reasoning_summary_text.done', ...at(0), summary_index: 0, text: 'One' },
  { type: 'response.reasoning_summary_text.delta', ...at(0), summary_index: 1, delta: 'Two' },
  { type: 'response.reasoning_summary_text.done', ...at(0), summary_index: 1, text: 'Two' },
  done(0, {
    id: 'item_0',
    type: 'reasoning',
    summary: [{ type: 'summary_text', text: 'One' }],
    encrypted_content: 'ZW5j',
  }),
  added(1, { id: 'item_1', type: 'message', content: [] }),
  { type: 'response.content_part.added', ...at(1), part: { type: 'output_text', text: '' } },
  { ...textDelta(1, 'Sun'), logprobs: [], obfuscation: 'abc' },
  textDelta(1, ''),
  textDelta(1, 'ny.'),
  {
    type: 'response.output_text.annotation.added',
    ...at(1),
    annotation: { type: 'url_citation', url: 'https://a.example', start_index: 0, end_index: 6 },
  },
  { type: 'response.output_text.done', ...at(1), text: 'Sunny.' },
  {
    type: 'response.content_part.done',
    ...at(1),
    part: { type: 'output_text', text: 'Sunny.', annotations: [{ type: 'url_citation', url: 'https://a.example' }] },
  },
  done(1, message(1, 'Sunny.')),
  added(2, call(2, '')),
  argsDelta(2, '{"id":'),
  argsDelta(2, '12345678901234567890}'),
  { type: 'response.function_call_arguments.done', ...at(2), arguments: '{"id":12345678901234567890}' },
  done(2, call(2, '{"id":12345678901234567890}')),
  ended(),
];

describe('the stream of a Responses upstream', () => {
  it('is told part by part', () => {
    expect(read(FULL)).toMatchObject([
      { type: 'start', id: 'resp_1', model: 'gpt-5' },
      { type: 'open', part: { type: 'reasoning' } },
      { type: 'delta', text: 'One' },
      { type: 'delta', text: '\n\nTwo' },
      { type: 'close', proof: { dialect: 'openai-responses', kind: 'hidden', value: 'ZW5j', id: 'item_0' } },
      { type: 'open', part: { type: 'text' } },
      { type: 'delta', text: 'Sun' },
      { type: 'delta', text: 'ny.' },
      { type: 'citation', citation: { url: 'https://a.example', span: { start: 0, end: 6 } } },
      { type: 'close' },
      { type: 'open', part: { type: 'tool_call', id: 'call_2', name: 'look_up' } },
      { type: 'delta', text: '{"id":' },
      { type: 'delta', text: '12345678901234567890}' },
      { type: 'close' },
      {
        type: 'finish',
        stop: { reason: 'tool_use' },
        usage: { inputTokens: 40, cacheReadTokens: 60, outputTokens: 40, reasoningTokens: 30 },
      },
    ]);
  });

  const amounts: readonly [string, readonly Sent[], readonly object[]][] = [
    [
      'events that nobody knows',
      [CREATED, { type: 'response.hologram.delta', delta: 'x' }, { type: 'keepalive' }, textDelta(0, 'So'), ended()],
      [{ text: 'So' }],
    ],
    ['no beginnings', [textDelta(0, 'So'), textDelta(0, '.'), ended()], [{ text: 'So.' }]],
    [
      'no ends',
      [CREATED, added(0, { type: 'message' }), textDelta(0, 'So'), added(1, call(1, '')), argsDelta(1, '{}'), ended()],
      [{ text: 'So' }, { argumentsText: '{}' }],
    ],
    [
      'no pieces',
      [CREATED, done(0, message(0, 'So')), done(1, call(1, '{"a":1}')), ended()],
      [{ text: 'So' }, { argumentsText: '{"a":1}' }],
    ],
    [
      'nothing but the end',
      [ended({ output: [message(0, 'So'), call(1, '{"a":1}')] })],
      [{ text: 'So' }, { argumentsText: '{"a":1}' }],
    ],
    [
      'everything twice',
      [
        ...FULL.slice(0, -1),
        ...FULL.slice(2, -1).filter(({ type }) => type.endsWith('.done')),
        ended({ output: [{ type: 'reasoning' }, message(1, 'Sunny.'), call(2, '{}')] }),
      ],
      [{ text: 'One\n\nTwo' }, { text: 'Sunny.' }, { argumentsText: '{"id":12345678901234567890}' }],
    ],
    [
      'the same index for every item',
      [
        added(0, { ...message(0, ''), id: 'a' }),
        textDelta(0, 'So'),
        done(0, { ...message(0, 'So'), id: 'a' }),
        added(0, { ...call(0, ''), id: 'b' }),
        argsDelta(0, '{"a":1}'),
        done(0, { ...call(0, '{"a":1}'), id: 'b' }),
        ended({
          output: [
            { ...message(0, 'So'), id: 'a' },
            { ...call(0, '{}'), id: 'b' },
          ],
        }),
      ],
      [{ text: 'So' }, { argumentsText: '{"a":1}' }],
    ],
    [
      'an index that is used again before its end',
      [added(0, call(0, '')), argsDelta(0, '{"a":1}'), added(0, { ...call(1, '') }), argsDelta(0, '{"a":2}'), ended()],
      [
        { id: 'call_0', argumentsText: '{"a":1}' },
        { id: 'call_1', argumentsText: '{"a":2}' },
      ],
    ],
    [
      'ids in place of indices',
      [
        { type: 'response.output_item.added', item: call(7, '') },
        { type: 'response.function_call_arguments.delta', item_id: 'item_7', delta: '{"a":1}' },
        { type: 'response.output_item.done', item: call(7, '{"a":1}') },
        ended(),
      ],
      [{ id: 'call_7', argumentsText: '{"a":1}' }],
    ],
    [
      'other ids at the end',
      [
        added(0, message(0, '')),
        textDelta(0, 'So'),
        done(0, message(0, 'So')),
        ended({ output: [{ ...message(0, 'So'), id: 'other' }] }),
      ],
      [{ text: 'So' }],
    ],
    [
      'arguments with the beginning',
      [added(0, call(0, '{"a":1}')), done(0, call(0, '')), ended()],
      [{ argumentsText: '{"a":1}' }],
    ],
    [
      'no arguments',
      [added(0, call(0, '')), argsDelta(0, ''), done(0, call(0, '')), ended()],
      [{ argumentsText: '{}' }],
    ],
    [
      'a name that comes late',
      [added(0, call(0, '', '')), argsDelta(0, '{"a":'), done(0, call(0, '{"a":1}')), ended()],
      [{ name: 'look_up', argumentsText: '{"a":1}' }],
    ],
    [
      'two texts in one message',
      [
        textDelta(0, 'a', 0),
        textDelta(0, 'b', 1),
        done(0, {
          type: 'message',
          content: [
            { type: 'output_text', text: 'a' },
            { type: 'output_text', text: 'b' },
          ],
        }),
        ended(),
      ],
      [{ text: 'a' }, { text: 'b' }],
    ],
    [
      'a refusal',
      [
        { type: 'response.refusal.delta', ...at(0), delta: 'N' },
        { type: 'response.refusal.delta', ...at(0), delta: 'o.' },
        ended(),
      ],
      [{ type: 'refusal', text: 'No.' }],
    ],
    [
      'a refusal without pieces',
      [{ type: 'response.content_part.done', ...at(0), part: { type: 'refusal', refusal: 'No.' } }, ended()],
      [{ type: 'refusal', text: 'No.' }],
    ],
    [
      'reasoning in full',
      [
        { type: 'response.reasoning_text.delta', ...at(0), delta: 'All' },
        { type: 'response.reasoning_text.done', ...at(0), text: 'All' },
        ended(),
      ],
      [{ type: 'reasoning', text: 'All' }],
    ],
    [
      'reasoning both in short and in full',
      [
        { type: 'response.reasoning_text.delta', ...at(0), delta: 'All' },
        { type: 'response.reasoning_summary_text.delta', ...at(0), summary_index: 0, delta: 'Short' },
        ended(),
      ],
      [{ type: 'reasoning', text: 'All' }],
    ],
    [
      'reasoning without pieces',
      [{ type: 'response.reasoning_summary_text.done', ...at(0), summary_index: 0, text: 'All' }, ended()],
      [{ type: 'reasoning', text: 'All' }],
    ],
    [
      'reasoning that is not shown',
      [
        added(0, { id: 'rs', type: 'reasoning', summary: [] }),
        done(0, { id: 'rs', type: 'reasoning', summary: [], encrypted_content: 'x' }),
        ended(),
      ],
      [{ type: 'reasoning', text: '', proof: { value: 'x', id: 'rs' } }],
    ],
    [
      'reasoning that says nothing',
      [
        added(0, { id: 'rs', type: 'reasoning', summary: [] }),
        done(0, { id: 'rs', type: 'reasoning', summary: [] }),
        ended(),
      ],
      [],
    ],
    [
      'a call with text',
      [
        added(0, { type: 'custom_tool_call', call_id: 'c', name: 'p', input: '' }),
        { type: 'response.custom_tool_call_input.delta', ...at(0), delta: 'a "b' },
        { type: 'response.custom_tool_call_input.delta', ...at(0), delta: '"\n\ud83d' },
        { type: 'response.custom_tool_call_input.delta', ...at(0), delta: '\ude00' },
        done(0, { type: 'custom_tool_call', call_id: 'c', name: 'p', input: 'a "b"\n😀' }),
        ended(),
      ],
      [{ type: 'tool_call', id: 'c' }],
    ],
    [
      'a call with text without pieces',
      [done(0, { type: 'custom_tool_call', call_id: 'c', name: 'p', input: 'a' }), ended()],
      [{ argumentsText: '{"input":"a"}' }],
    ],
    [
      'tools of the provider',
      [
        added(0, { id: 'ws', type: 'web_search_call' }),
        { type: 'response.web_search_call.searching', ...at(0) },
        done(0, { id: 'ws', type: 'web_search_call', status: 'completed', action: { type: 'search' } }),
        ended(),
      ],
      [{ type: 'native', kind: 'web_search_call' }],
    ],
  ];

  it.each(amounts)('amounts to its parts with %s', (_name, events, parts) => {
    const answer = collected(read(events));
    expect(answer.parts).toMatchObject(parts);
    expect(answer.parts).toHaveLength(parts.length);
    expect(answer.error).toBeNull();
  });

  it('has the text of a call as JSON, whole characters included', () => {
    const [part] = collected(read(amounts.find(([name]) => name === 'a call with text')?.[1] ?? [])).parts;
    expect(part?.type === 'tool_call' ? JSON.parse(part.argumentsText) : null).toEqual({ input: 'a "b"\n😀' });
  });

  it('has interleaved calls one after the other', () => {
    const events = [
      CREATED,
      added(0, call(0, '')),
      added(1, call(1, '')),
      argsDelta(1, '{"b":'),
      argsDelta(0, '{"a":'),
      argsDelta(1, '2}'),
      argsDelta(0, '1}'),
      done(1, call(1, '{"b":2}')),
      done(0, call(0, '{"a":1}')),
      ended(),
    ];
    expect(read(events).map((event) => ('text' in event ? event.text : event.type))).toEqual([
      'start',
      'open',
      '{"a":',
      '1}',
      'close',
      'open',
      '{"b":2}',
      'close',
      'finish',
    ]);
  });

  it('has tools under the names that the client knows', () => {
    const toolNames = createToolNames();
    const outward = toolNames.outward('mcp.server/tool', 64);
    const events = read([added(0, call(0, '', outward)), ended()], { from: targetOf({ toolNames }) });
    expect(events[1]).toMatchObject({ part: { name: 'mcp.server/tool' } });
  });

  it('counts what an incomplete answer cost, and says why it stopped', () => {
    const details = { incomplete_details: { reason: 'max_output_tokens' } };
    expect(read([CREATED, textDelta(0, 'So'), ended(details, 'response.incomplete')]).at(-1)).toMatchObject({
      type: 'finish',
      stop: { reason: 'length', detail: 'max_output_tokens' },
      usage: { inputTokens: 40, outputTokens: 40 },
    });
  });

  it('counts a search once, whoever tells of it', () => {
    const search = { id: 'ws', type: 'web_search_call', status: 'completed', action: { type: 'search' } };
    const told = (output: readonly JsonObject[]) => read([added(0, search), done(0, search), ended({ output })]).at(-1);
    expect(told([])).toMatchObject({ usage: { webSearches: 1 } });
    expect(told([search])).toMatchObject({ usage: { webSearches: 1 } });
  });
});

describe('a broken stream of a Responses upstream', () => {
  const failed = { error: { code: 'rate_limit_exceeded', message: 'Slow down' } };
  const rows: readonly [string, readonly (Sent | string)[], object][] = [
    [
      'ends without an end',
      [CREATED, textDelta(0, 'So')],
      { kind: 'server', message: expect.stringContaining('before the answer was complete') },
    ],
    ['is empty', [], { kind: 'server' }],
    ['says [DONE] and nothing else', ['[DONE]'], { kind: 'server' }],
    [
      'has an error event',
      [CREATED, { type: 'error', code: 'server_error', message: 'Oops', param: null }],
      { kind: 'server', message: 'Oops' },
    ],
    [
      'has an error in an envelope',
      [CREATED, { type: 'error', error: { code: 'insufficient_quota', message: 'Pay' } }],
      { kind: 'billing' },
    ],
    ['has an error without a type', [CREATED, '{"error":{"message":"Oops"}}'], { message: 'Oops' }],
    [
      'fails',
      [CREATED, textDelta(0, 'So'), ended({ ...failed }, 'response.failed')],
      { kind: 'rate_limit', message: 'Slow down' },
    ],
    [
      'fails without a word',
      [CREATED, ended({ error: null }, 'response.failed')],
      { message: 'the upstream says that the response failed' },
    ],
    ['is cancelled', [CREATED, ended({}, 'response.cancelled')], { kind: 'server' }],
    [
      'has JSON that is cut',
      [CREATED, '{"type":"response.output_text.del'],
      { message: 'the upstream sent an event that is not JSON' },
    ],
    ['has a page for an error', [CREATED, { type: 'error' } as Sent], { kind: 'server' }],
  ];

  it.each(rows)('is an error when it %s', (_name, events, expected) => {
    const emitted = read([...events]);
    expect(emitted.at(-1)).toMatchObject({ type: 'error', error: expected });
    expect(emitted.filter(({ type }) => type === 'error' || type === 'finish')).toHaveLength(1);
  });

  it('tells what a failed answer cost before it tells of the failure', () => {
    expect(read([CREATED, ended({ ...failed }, 'response.failed')]).slice(-2)).toMatchObject([
      { type: 'usage', usage: { inputTokens: 40, outputTokens: 40 } },
      { type: 'error' },
    ]);
  });

  it('says nothing after its end', () => {
    const emitted = read([CREATED, ended(), textDelta(3, 'more'), { type: 'error', message: 'late' }, CREATED]);
    expect(emitted.map(({ type }) => type)).toEqual(['start', 'finish']);
  });

  it('never throws, whatever it is sent', () => {
    const odd: (Sent | string)[] = [
      'null',
      '7',
      '[]',
      '"x"',
      'plain',
      '<html>',
      '{"type":7}',
      '{"type":"response.created"}',
      '{"type":"response.output_item.added"}',
      '{"type":"response.output_item.added","item":{}}',
      '{"type":"response.output_item.done","item":{"type":"function_call"}}',
      '{"type":"response.output_text.delta","output_index":"x","delta":7}',
      '{"type":"response.content_part.done","part":{"type":"output_text","annotations":[7]}}',
      '{"type":"response.reasoning_summary_text.delta","summary_index":-1,"delta":"x","output_index":9e99}',
      '{"type":"response.completed","response":{"output":[null,{"type":"message","content":[null]}],"usage":7}}',
    ];
    expect(() => read(odd)).not.toThrow();
  });
});
