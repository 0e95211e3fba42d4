import { describe, expect, it } from 'vitest';
import type { Conversation, FunctionTool, Turn } from '#features/gateway/conversation/conversation';
import { createLosses, type LossReport } from '#features/gateway/conversation/losses';
import type { Part, TextPart } from '#features/gateway/conversation/part';
import type { Target } from '#features/gateway/dialects/dialect';
import type { JsonObject } from '#foundation/json';
import { conversationOf, targetOf } from '#tests/support/dialects';
import { writeRequest } from './write-request.ts';

const NOTHING_LOST: LossReport = { dropped: [], changed: [] };

function written(said: Partial<Conversation>, to: Partial<Target> = {}): { body: JsonObject; report: LossReport } {
  const losses = createLosses();
  const body = writeRequest(conversationOf('openai-chat', said), targetOf({ provider: 'anthropic', ...to }), losses);
  return { body: JSON.parse(JSON.stringify(body)), report: losses.report() };
}

function text(words: string, at = words, cache: '5m' | '1h' | null = null): TextPart {
  const marker = cache === null ? null : { value: { ttl: cache }, at: `${at}.cache_control` };
  return { type: 'text', text: words, citations: [], cache: marker, at };
}

function turn(role: Turn['role'], ...parts: Part[]): Turn {
  return { role, parts, at: `turn:${parts[0]?.at}` };
}

function call(id: string, argumentsText = '{}'): Part {
  return { type: 'tool_call', id, name: 'n', argumentsText, proof: null, cache: null, at: `call:${id}` };
}

function result(callId: string, ...content: TextPart[]): Part {
  return { type: 'tool_result', callId, name: null, content, isError: false, cache: null, at: `result:${callId}` };
}

function tool(name: string, said: Partial<FunctionTool> = {}): FunctionTool {
  const schema = { type: 'object', properties: {} };
  return { type: 'function', name, description: null, schema, strict: null, cache: null, at: `tool:${name}`, ...said };
}

function stated<const Value>(value: Value, at: string) {
  return { value, at };
}

describe('what an upstream of the Messages API is sent', () => {
  it('has the upstream’s model and a limit, with nothing that was not said', () => {
    expect(written({}, { model: 'claude-opus-4-5' }).body).toEqual({
      model: 'claude-opus-4-5',
      max_tokens: 4_096,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
    });
    expect(written({ isStreaming: true }).body.stream).toBe(true);
  });

  it.each([
    [null, null, 4_096, []],
    [null, 8_192, 8_192, []],
    [100, 8_192, 100, []],
    [100_000, 8_192, 8_192, ['max']],
    [0, null, 0, []],
  ])('is limited to %s of a model that can %s', (asked, cap, expected, changed) => {
    const { body, report } = written(
      { maxOutputTokens: asked === null ? null : stated(asked, 'max') },
      { maxOutputTokens: cap },
    );
    expect(body.max_tokens).toBe(expected);
    expect(report.changed).toEqual(changed);
  });

  it('has no empty texts, and no turns in which nothing is left', () => {
    const { body, report } = written({
      system: [text(''), text('S')],
      turns: [
        turn('user', text('a'), text('', 'empty')),
        turn('assistant', text('')),
        turn('user', text('  ', 'blank')),
      ],
    });
    expect(body.system).toEqual([{ type: 'text', text: 'S' }]);
    expect(body.messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'a' }] }]);
    expect(report).toEqual({ dropped: ['blank'], changed: [] });
  });

  it('has at most four cache markers, in the order of the prefix', () => {
    const { body, report } = written({
      tools: [tool('t', { cache: stated({ ttl: '1h' }, 'tool.cache_control') })],
      system: [text('s1', 's1', '1h'), text('s2', 's2', '5m')],
      turns: [turn('user', text('u1', 'u1', '5m'), text('u2', 'u2', '5m'))],
    });
    expect(JSON.stringify(body).split('cache_control')).toHaveLength(5);
    expect(body.tools).toMatchObject([{ cache_control: { type: 'ephemeral', ttl: '1h' } }]);
    expect(body.system).toMatchObject([{}, { cache_control: { type: 'ephemeral' } }]);
    expect(report.dropped).toEqual(['u2.cache_control']);
  });

  it('lets the system speak where the model takes it, and marks its words where not', () => {
    const turns = [
      turn('user', text('a')),
      turn('system', text('b')),
      turn('system', text('c')),
      turn('assistant', text('d')),
      turn('user', text('e')),
    ];
    const fresh = written({ turns }, { model: 'claude-opus-4-8' });
    expect(fresh.report).toEqual(NOTHING_LOST);
    expect(fresh.body.messages).toMatchObject([
      { role: 'user' },
      { role: 'system', content: [{ text: 'b' }, { text: 'c' }] },
      { role: 'assistant' },
      { role: 'user' },
    ]);
    const old = written({ turns }, { model: 'claude-opus-4-5' });
    expect(old.report.changed).toEqual(['turn:b', 'turn:c']);
    expect(old.body.messages).toMatchObject([
      { role: 'user' },
      { role: 'user', content: [{ text: '<system>\nb\n</system>' }] },
      { role: 'user', content: [{ text: '<system>\nc\n</system>' }] },
      { role: 'assistant' },
      { role: 'user' },
    ]);
  });

  it('lets the system speak only after the user and before the assistant', () => {
    const turns = [turn('user', text('a')), turn('system', text('b')), turn('user', text('c'))];
    expect(written({ turns }, { model: 'claude-opus-5' }).report.changed).toEqual(['turn:b']);
  });

  it('has the results of tools right after the calls, first in one turn, whoever speaks in between', () => {
    const { body } = written({
      turns: [
        turn('assistant', call('a'), call('b')),
        turn('user', result('a', text('A'))),
        turn('system', text('s')),
        turn('user', result('b', text('B')), text('t')),
      ],
    });
    expect(body.messages).toMatchObject([
      { role: 'assistant', content: [{ type: 'tool_use' }, { type: 'tool_use' }] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: [{ text: 'A' }] },
          { type: 'tool_result', tool_use_id: 'b', content: [{ text: 'B' }] },
          { text: '<system>\ns\n</system>' },
          { text: 't' },
        ],
      },
    ]);
  });

  it('gives calls ids that the API takes, no id twice, and each result the id of its call', () => {
    const round = [turn('assistant', call('functions.n:0')), turn('user', result('functions.n:0', text('x')))];
    const { body } = written({ turns: [...round, ...round] });
    const ids = JSON.stringify(body.messages).match(/"(?:id|tool_use_id)":"[^"]*"/g) ?? [];
    const [first, firstResult, second, secondResult] = ids.map((pair) => pair.split('"')[3]);
    expect(first).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(firstResult).toBe(first);
    expect(second).not.toBe(first);
    expect(second).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(secondResult).toBe(second);
  });

  it.each([
    ['', {}, []],
    ['{}', {}, []],
    ['{"a":[1]}', { a: [1] }, []],
    ['{"a":', { unparsed_arguments: '{"a":' }, ['call:c']],
    ['[1]', { unparsed_arguments: '[1]' }, ['call:c']],
    ['12345678901234567890', { unparsed_arguments: '12345678901234567890' }, ['call:c']],
  ])('has an object for the arguments %j', (argumentsText, input, changed) => {
    const { body, report } = written({
      turns: [turn('assistant', call('c', argumentsText)), turn('user', result('c'))],
    });
    expect(body.messages).toMatchObject([{ content: [{ type: 'tool_use', input }] }, {}]);
    expect(report.changed).toEqual(changed);
  });

  it('loses no digit of the arguments and of a schema', () => {
    const losses = createLosses();
    const argumentsText = '{"zeta":12345678901234567890,"alpha":1.50}';
    const turns = [turn('assistant', call('c', argumentsText)), turn('user', result('c'))];
    const body = writeRequest(conversationOf('openai-chat', { turns }), targetOf(), losses);
    expect(JSON.stringify(body)).toContain(`"input":${argumentsText}`);
  });

  it('has words for a tool that failed without any', () => {
    const failed = { ...result('c'), isError: true } as const;
    const { body, report } = written({ turns: [turn('assistant', call('c')), turn('user', failed)] });
    expect(body.messages).toMatchObject([
      {},
      { content: [{ type: 'tool_result', is_error: true, content: [{ type: 'text' }] }] },
    ]);
    expect(report.changed).toEqual(['result:c']);
  });

  it.each([
    ['application/octet-stream', 'iVBORw0KGgoAAA==', 'image/png'],
    ['image/png', '/9j/4AAQ', 'image/jpeg'],
    ['image/jpeg', 'R0lGODdh', 'image/gif'],
    ['image/png', 'UklGRiQA', 'image/webp'],
    ['image/jpg', 'aGVsbG8=', 'image/jpeg'],
  ])('calls a picture that is said to be %s and begins with %s what it is', (mediaType, base64, expected) => {
    const source = { kind: 'inline', mediaType, base64 } as const;
    const { body } = written({ turns: [turn('user', { type: 'image', source, detail: null, cache: null, at: 'm' })] });
    expect(body.messages).toMatchObject([{ content: [{ source: { media_type: expected, data: base64 } }] }]);
  });

  it('takes back only thinking that Anthropic proved', () => {
    const proof = { kind: 'signature', value: 'c2ln', id: null } as const;
    const { body, report } = written({
      turns: [
        turn('user', text('u')),
        turn(
          'assistant',
          { type: 'reasoning', text: 'Hm.', proof: { ...proof, dialect: 'anthropic' }, at: 'own' },
          { type: 'reasoning', text: '', proof: { ...proof, dialect: 'anthropic', kind: 'hidden' }, at: 'hidden' },
          { type: 'reasoning', text: 'Foreign', proof: { ...proof, dialect: 'openai-responses' }, at: 'foreign' },
          { type: 'reasoning', text: 'Unsigned', proof: null, at: 'unsigned' },
          { type: 'reasoning', text: '', proof: null, at: 'nothing' },
          text('a'),
        ),
        turn('user', text('v')),
      ],
    });
    expect(body.messages).toMatchObject([
      {},
      {
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
          { type: 'redacted_thinking', data: 'c2ln' },
          { type: 'text', text: 'a' },
        ],
      },
      {},
    ]);
    expect(report).toEqual({ dropped: ['foreign', 'unsigned'], changed: [] });
  });

  it('shows pictures and documents, and texts in the results of tools', () => {
    const inline = (mediaType: string) => ({ kind: 'inline', mediaType, base64: 'aGVsbG8=' }) as const;
    const none = { cache: null, at: 'm' } as const;
    const document = {
      type: 'document',
      title: 'T',
      context: null,
      wantsCitations: stated(true, 'c'),
      ...none,
    } as const;
    const { body, report } = written({
      turns: [
        turn(
          'user',
          { type: 'image', source: inline('image/jpg'), detail: stated('high', 'm.detail'), ...none },
          {
            type: 'image',
            source: { kind: 'url', url: 'https://example.com/a', mediaType: null },
            detail: null,
            ...none,
          },
          { ...document, source: inline('application/pdf') },
          { ...document, source: inline('text/csv') },
          { ...document, source: { kind: 'text', text: 'words' } },
          { ...document, source: inline('image/webp'), title: null },
        ),
      ],
    });
    const citations = { enabled: true };
    expect(body.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'aGVsbG8=' } },
          { type: 'image', source: { type: 'url', url: 'https://example.com/a' } },
          {
            type: 'document',
            source: { type: 'base64', media_type: 'application/pdf', data: 'aGVsbG8=' },
            title: 'T',
            citations,
          },
          {
            type: 'document',
            source: { type: 'text', media_type: 'text/plain', data: 'hello' },
            title: 'T',
            citations,
          },
          {
            type: 'document',
            source: { type: 'text', media_type: 'text/plain', data: 'words' },
            title: 'T',
            citations,
          },
          { type: 'image', source: { type: 'base64', media_type: 'image/webp', data: 'aGVsbG8=' } },
        ],
      },
    ]);
    expect(report.dropped).toEqual(['m.detail']);
  });

  it.each<[string, Part]>([
    ['audio', { type: 'audio', base64: 'aGVsbG8=', mediaType: 'audio/wav', at: 'm' }],
    [
      'a picture of an unknown kind',
      {
        type: 'image',
        source: { kind: 'inline', mediaType: 'image/tiff', base64: '' },
        detail: null,
        cache: null,
        at: 'm',
      },
    ],
    [
      'a spreadsheet',
      {
        type: 'document',
        source: { kind: 'inline', mediaType: 'application/vnd.ms-excel', base64: '' },
        title: null,
        context: null,
        wantsCitations: null,
        cache: null,
        at: 'm',
      },
    ],
    [
      'a file that lies with another provider',
      { type: 'image', source: { kind: 'file', dialect: 'openai-chat', id: 'f' }, detail: null, cache: null, at: 'm' },
    ],
  ])('cannot be made of %s, and says where it stands', (_, part) => {
    expect(() => written({ turns: [turn('user', part)] })).toThrow(
      expect.objectContaining({ kind: 'invalid_input', code: 'not_convertible', where: 'm' }),
    );
  });

  it('cannot be made of a tool that another provider runs', () => {
    const value = { type: 'code_interpreter' };
    const other = {
      type: 'provider',
      kind: 'other',
      dialect: 'openai-responses',
      cache: null,
      at: 'tools[0]',
    } as const;
    expect(() => written({ tools: [{ ...other, name: 'code_interpreter', value }] })).toThrow(
      expect.objectContaining({ code: 'not_convertible', where: 'tools[0]' }),
    );
  });

  it('searches the web with a tool of its own', () => {
    const search = { type: 'provider', kind: 'web_search', cache: null, at: 'search', name: 'web_search' } as const;
    const place = { country: 'DE', city: 'Berlin' };
    const value = {
      type: 'web_search',
      user_location: { type: 'approximate', ...place },
      filters: { allowed_domains: ['example.com'] },
      search_context_size: 'high',
    };
    const chat = { user_location: { type: 'approximate', approximate: place } };
    const { body, report } = written({
      tools: [
        { ...search, dialect: 'openai-responses', value },
        { ...search, dialect: 'openai-chat', value: chat },
        { ...search, dialect: 'gemini', value: { googleSearch: {} } },
      ],
    });
    const own = { type: 'web_search_20250305', name: 'web_search' };
    const location = { type: 'approximate', ...place };
    expect(body.tools).toEqual([
      { ...own, user_location: location, allowed_domains: ['example.com'] },
      { ...own, user_location: location },
      own,
    ]);
    expect(report).toEqual({ dropped: ['search.search_context_size'], changed: [] });
  });

  it('has a schema of an object for every tool, and names that the API takes', () => {
    const to = targetOf();
    const losses = createLosses();
    const conversation = conversationOf('openai-chat', {
      tools: [tool('no schema', { schema: null }), tool('b', { schema: {}, strict: stated(true, 's') })],
      toolChoice: stated({ type: 'named', name: 'no schema' }, 'choice'),
    });
    const body = writeRequest(conversation, to, losses);
    const outward = to.toolNames.outward('no schema', 128);
    expect(body).toMatchObject({
      tools: [
        { name: outward, input_schema: { type: 'object', properties: {} } },
        { name: 'b', input_schema: { type: 'object', properties: {} }, strict: true },
      ],
      tool_choice: { type: 'tool', name: outward },
    });
    expect(losses.report()).toEqual(NOTHING_LOST);
  });

  it.each<[Conversation['toolChoice'], boolean | null, JsonObject | undefined, LossReport]>([
    [null, null, undefined, NOTHING_LOST],
    [null, true, undefined, NOTHING_LOST],
    [null, false, { type: 'auto', disable_parallel_tool_use: true }, NOTHING_LOST],
    [stated({ type: 'auto' }, 'c'), null, { type: 'auto' }, NOTHING_LOST],
    [stated({ type: 'none' }, 'c'), false, { type: 'none' }, NOTHING_LOST],
    [
      stated({ type: 'required', names: null }, 'c'),
      false,
      { type: 'any', disable_parallel_tool_use: true },
      NOTHING_LOST,
    ],
    [stated({ type: 'required', names: ['t'] }, 'c'), null, { type: 'tool', name: 't' }, NOTHING_LOST],
    [stated({ type: 'required', names: ['t', 'u'] }, 'c'), null, { type: 'any' }, { dropped: [], changed: ['c'] }],
  ])('chooses tools as %j with parallel calls %s', (toolChoice, parallel, expected, report) => {
    const parallelToolCalls = parallel === null ? null : stated(parallel, 'p');
    const made = written({ tools: [tool('t'), tool('u')], toolChoice, parallelToolCalls });
    expect(made.body.tool_choice).toEqual(expected);
    expect(made.report).toEqual(report);
  });

  it('says nothing of a choice where there are no tools', () => {
    const silent = written({ toolChoice: stated({ type: 'auto' }, 'c'), parallelToolCalls: stated(false, 'p') });
    expect([silent.body.tool_choice, silent.report]).toEqual([undefined, NOTHING_LOST]);
    expect(written({ toolChoice: stated({ type: 'required', names: null }, 'c') }).report.dropped).toEqual(['c']);
  });

  it('has the form of the answer, and the name of the schema in it', () => {
    const schema = { type: 'object', properties: {} };
    const format = { type: 'json_schema', name: 'weather', description: 'D', schema, strict: true } as const;
    const { body, report } = written({ outputFormat: stated(format, 'format') });
    expect(body.output_config).toEqual({
      format: { type: 'json_schema', schema: { ...schema, title: 'weather', description: 'D' } },
    });
    expect(report).toEqual(NOTHING_LOST);
    expect(written({ outputFormat: stated({ ...format, strict: false }, 'format') }).report.changed).toEqual([
      'format',
    ]);
    expect(written({ outputFormat: stated({ type: 'json' }, 'format') }).report.dropped).toEqual(['format']);
  });

  it('tells what it has no word for, unless it asks for nothing', () => {
    const said = { seed: stated(1, 'seed'), frequencyPenalty: stated(0.5, 'fp'), presencePenalty: stated(1, 'pp') };
    const more = {
      verbosity: stated('low', 'v'),
      promptCacheKey: stated('k', 'key'),
      serviceTier: stated('flex', 'tier'),
    } as const;
    expect(written({ ...said, ...more }).report.dropped).toEqual(['seed', 'fp', 'pp', 'v', 'key', 'tier']);
    const neutral = {
      frequencyPenalty: stated(0, 'fp'),
      presencePenalty: stated(0, 'pp'),
      verbosity: stated('medium', 'v'),
    } as const;
    expect(written(neutral).report).toEqual(NOTHING_LOST);
  });

  it.each([
    ['auto', 'auto', []],
    ['default', 'standard_only', []],
    ['priority', 'auto', ['tier']],
  ] as const)('asks for the service tier %s as %s', (tier, expected, changed) => {
    const { body, report } = written({ serviceTier: stated(tier, 'tier') });
    expect(body.service_tier).toBe(expected);
    expect(report.changed).toEqual(changed);
  });

  it('has no stop sequence of white space, and a digest of an end user who is too long', () => {
    const { body, report } = written({
      stopSequences: stated(['\n\n', 'END'], 'stop'),
      endUser: stated('u'.repeat(300), 'user'),
    });
    expect(body.stop_sequences).toEqual(['END']);
    expect(body.metadata).toEqual({ user_id: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(report).toEqual({ dropped: ['stop'], changed: ['user'] });
  });

  it('ends without white space where the assistant is to go on', () => {
    const { body, report } = written({
      turns: [turn('user', text('u')), turn('assistant', text('It is \n', 'prefill'))],
    });
    expect(body.messages).toMatchObject([{}, { role: 'assistant', content: [{ text: 'It is' }] }]);
    expect(report.changed).toEqual(['prefill']);
  });

  it('has what other providers made of their own tools nowhere', () => {
    const native = { type: 'native', kind: 'x', value: { type: 'x' }, at: 'n' } as const;
    const { body, report } = written({
      turns: [
        turn('user', text('u')),
        turn(
          'assistant',
          { ...native, dialect: 'openai-responses' },
          { ...native, dialect: 'anthropic' },
          { type: 'refusal', text: 'No.', at: 'r' },
        ),
        turn('user', text('v')),
      ],
    });
    expect(body.messages).toMatchObject([{}, { content: [{ type: 'x' }, { type: 'text', text: 'No.' }] }, {}]);
    expect(report).toEqual({ dropped: ['n'], changed: ['r'] });
  });
});
