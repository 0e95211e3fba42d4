import { describe, expect, it } from 'vitest';
import type { Conversation, FunctionTool, Tool } from '#features/gateway/conversation/conversation';
import { createLosses } from '#features/gateway/conversation/losses';
import type { Part, Stated } from '#features/gateway/conversation/part';
import type { Target } from '#features/gateway/dialects/dialect';
import { OperatingError } from '#foundation/errors';
import { parseJsonPrecisely } from '#foundation/json';
import { conversationOf, targetOf } from '#tests/support/dialects';
import { writeRequest } from './write-request.ts';

function write(said: Partial<Conversation>, known: Partial<Target> = {}) {
  const losses = createLosses();
  const body = JSON.parse(JSON.stringify(writeRequest(conversationOf('anthropic', said), targetOf(known), losses)));
  return { body, ...losses.report() };
}

function stated<Value>(value: Value, at: string): Stated<Value> {
  return { value, at };
}

const text = (said: string, at = 't') => ({ type: 'text', text: said, citations: [], cache: null, at }) as const;
const user = (...parts: Part[]) => ({ role: 'user', parts, at: 'user' }) as const;
const assistant = (...parts: Part[]) => ({ role: 'assistant', parts, at: 'assistant' }) as const;

const TOOL: FunctionTool = {
  type: 'function',
  name: 'look_up',
  description: 'Looks up',
  schema: { type: 'object', properties: { city: { type: 'string' } } },
  strict: null,
  cache: null,
  at: 'tools[0]',
};
const CALL: Part = {
  type: 'tool_call',
  id: 'toolu_1',
  name: 'look_up',
  argumentsText: '{"order":12345678901234567890}',
  proof: null,
  cache: null,
  at: 'call',
};
const RESULT = {
  type: 'tool_result',
  callId: 'toolu_1',
  name: null,
  content: [text('21 degrees', 'content')],
  isError: false,
  cache: null,
  at: 'result',
} as const;

describe('a request towards a Responses upstream', () => {
  it('keeps nothing there, and asks for reasoning that can come back', () => {
    expect(write({ isStreaming: true }).body).toEqual({
      model: 'some-model',
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }],
      store: false,
      include: ['reasoning.encrypted_content'],
      stream: true,
    });
  });

  it('has one word of the system as instructions, and several as blocks in their order', () => {
    expect(write({ system: [text('One')] }).body.instructions).toBe('One');
    const { body } = write({ system: [text('One'), text('Two')] });
    expect(body.instructions).toBeUndefined();
    expect(body.input[0]).toEqual({
      type: 'message',
      role: 'system',
      content: [
        { type: 'input_text', text: 'One' },
        { type: 'input_text', text: 'Two' },
      ],
    });
  });

  it('has later words of the system where they were said', () => {
    const { body, dropped, changed } = write({
      turns: [user(text('Hi')), { role: 'system', parts: [text('Be brief.')], at: 's' }, user(text('Go on'))],
    });
    expect(body.input.map(({ role }: { role: string }) => role)).toEqual(['user', 'system', 'user']);
    expect([...dropped, ...changed]).toEqual([]);
  });

  it('has calls and their results as items, digit by digit, results before words', () => {
    const turns = [
      user(text('Weather?')),
      assistant(text('I look.'), CALL, { ...CALL, id: 'toolu_2' }),
      user(RESULT, { ...RESULT, callId: 'toolu_2', content: [] }, text('And?')),
    ];
    expect(write({ turns }).body.input.slice(1)).toEqual([
      { type: 'message', role: 'assistant', content: 'I look.' },
      { type: 'function_call', call_id: 'toolu_1', name: 'look_up', arguments: '{"order":12345678901234567890}' },
      { type: 'function_call', call_id: 'toolu_2', name: 'look_up', arguments: '{"order":12345678901234567890}' },
      { type: 'function_call_output', call_id: 'toolu_1', output: '21 degrees' },
      { type: 'function_call_output', call_id: 'toolu_2', output: '' },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'And?' }] },
    ]);
  });

  it('gives ids and names that the API would refuse a form that it takes, the same at both ends', () => {
    const id = `call/${'x'.repeat(80)}`;
    const name = `mcp__${'y'.repeat(80)}`;
    const { body } = write({
      tools: [{ ...TOOL, name }],
      toolChoice: stated({ type: 'named', name }, 'tool_choice'),
      turns: [user(text('Hi')), assistant({ ...CALL, id, name }), user({ ...RESULT, callId: id })],
    });
    const [, call, result] = body.input;
    expect(call.call_id).toMatch(/^[\w-]{1,64}$/);
    expect(result.call_id).toBe(call.call_id);
    expect(call.name).toMatch(/^[\w-]{1,64}$/);
    expect([body.tools[0].name, body.tool_choice.name]).toEqual([call.name, call.name]);
  });

  it('says in words that a tool failed', () => {
    const failed = (content: Part[]) => user({ ...RESULT, isError: true, content } as Part);
    const turns = (content: Part[]) => [user(text('Hi')), assistant(CALL), failed(content)];
    const told = write({ turns: turns([text('no such city')]) });
    expect(told.body.input[2].output).toBe('Error: no such city');
    expect(told.changed).toEqual(['result']);
    expect(write({ turns: turns([]) }).body.input[2].output).toBe('Error: the tool failed');
  });

  it('has pictures and files of results in the results', () => {
    const image: Part = {
      type: 'image',
      source: { kind: 'inline', mediaType: 'image/png', base64: 'aGk=' },
      detail: null,
      cache: null,
      at: 'i',
    };
    const turns = [user(text('Hi')), assistant(CALL), user({ ...RESULT, content: [text('See'), image] })];
    expect(write({ turns }).body.input[2].output).toEqual([
      { type: 'input_text', text: 'See' },
      { type: 'input_image', image_url: 'data:image/png;base64,aGk=', detail: 'auto' },
    ]);
  });

  it('tells that the API does not go on from words of the assistant', () => {
    const { body, changed } = write({ turns: [user(text('Hi')), assistant(text('Once upon'))] });
    expect(body.input.at(-1)).toEqual({ type: 'message', role: 'assistant', content: 'Once upon' });
    expect(changed).toEqual(['assistant']);
  });
});

describe('reasoning in the history of a Responses request', () => {
  const own = { dialect: 'openai-responses', kind: 'hidden', value: 'ZW5j', id: 'rs_1' } as const;
  const foreign = { dialect: 'anthropic', kind: 'signature', value: 'c2ln', id: null } as const;

  it('goes back encrypted, under its own id, with its summary', () => {
    const turns = [
      user(text('Hi')),
      assistant({ type: 'reasoning', text: 'Where?', proof: own, at: 'r' }, text('So.')),
    ];
    expect(write({ turns: [...turns, user(text('And?'))] }).body.input[1]).toEqual({
      type: 'reasoning',
      id: 'rs_1',
      summary: [{ type: 'summary_text', text: 'Where?' }],
      encrypted_content: 'ZW5j',
    });
  });

  it.each([
    ['of another provider', { text: 'Where?', proof: foreign }],
    ['without a proof', { text: 'Where?', proof: null }],
  ])('is left out and told when it is %s', (_name, said) => {
    const turns = [
      user(text('Hi')),
      assistant({ type: 'reasoning', ...said, at: 'r' }, text('So.')),
      user(text('And?')),
    ];
    const { body, dropped } = write({ turns });
    expect(body.input).toHaveLength(3);
    expect(dropped).toEqual(['r']);
  });

  it('is left out and told when nothing came of it, which the API would refuse', () => {
    const turns = [
      user(text('Hi')),
      assistant({ type: 'reasoning', text: '', proof: own, at: 'r' }),
      user(text('And?')),
    ];
    const { body, dropped } = write({ turns });
    expect(body.input).toHaveLength(2);
    expect(dropped).toEqual(['r']);
  });

  it('is told where it stood on a call', () => {
    const proof = { ...foreign, dialect: 'gemini' } as const;
    const { dropped } = write({ turns: [user(text('Hi')), assistant({ ...CALL, proof }), user(RESULT)] });
    expect(dropped).toEqual(['call.signature']);
  });
});

describe('tools of a Responses request', () => {
  it('are flat, strict only where the client says so, and have a schema of an object', () => {
    const schema = parseJsonPrecisely('{"properties":{"zeta":{"const":12345678901234567890},"alpha":{}}}');
    const { body } = write({
      tools: [
        TOOL,
        { ...TOOL, name: 'strict', strict: stated(true, 's'), description: null },
        { ...TOOL, name: 'none', schema: null },
        { ...TOOL, name: 'bare', schema: schema as never },
      ],
    });
    expect(body.tools[0]).toEqual({
      type: 'function',
      name: 'look_up',
      description: 'Looks up',
      parameters: { type: 'object', properties: { city: { type: 'string' } } },
      strict: false,
    });
    expect(body.tools[1]).toMatchObject({ strict: true });
    expect(body.tools[2].parameters).toEqual({ type: 'object', properties: {} });
    expect(Object.keys(body.tools[3].parameters.properties)).toEqual(['zeta', 'alpha']);
  });

  it('take text where the client’s do, with calls and results of that kind', () => {
    const { body } = write({
      tools: [{ ...TOOL, isFreeform: true }],
      toolChoice: stated({ type: 'named', name: 'look_up' }, 'c'),
      turns: [user(text('Hi')), assistant({ ...CALL, argumentsText: '{"input":"a\\nb"}' }), user(RESULT)],
    });
    expect(body.tools).toEqual([{ type: 'custom', name: 'look_up', description: 'Looks up' }]);
    expect(body.tool_choice).toEqual({ type: 'custom', name: 'look_up' });
    expect(body.input.slice(1)).toEqual([
      { type: 'custom_tool_call', call_id: 'toolu_1', name: 'look_up', input: 'a\nb' },
      { type: 'custom_tool_call_output', call_id: 'toolu_1', output: '21 degrees' },
    ]);
  });

  const choices: readonly [NonNullable<Conversation['toolChoice']>['value'], unknown][] = [
    [{ type: 'auto' }, 'auto'],
    [{ type: 'none' }, 'none'],
    [{ type: 'required', names: null }, 'required'],
    [
      { type: 'required', names: ['look_up'] },
      { type: 'function', name: 'look_up' },
    ],
    [
      { type: 'named', name: 'look_up' },
      { type: 'function', name: 'look_up' },
    ],
    [
      { type: 'required', names: ['a', 'b'] },
      {
        type: 'allowed_tools',
        mode: 'required',
        tools: [
          { type: 'function', name: 'a' },
          { type: 'function', name: 'b' },
        ],
      },
    ],
  ];

  it.each(choices)('are chosen among: %j', (value, expected) => {
    expect(write({ tools: [TOOL], toolChoice: stated(value, 'c') }).body.tool_choice).toEqual(expected);
  });

  it('are called one at a time only where there are some', () => {
    const parallelToolCalls = stated(false, 'p');
    expect(write({ tools: [TOOL], parallelToolCalls }).body.parallel_tool_calls).toBe(false);
    const without = write({ parallelToolCalls, toolChoice: stated({ type: 'required', names: null }, 'c') });
    expect(without.body).not.toHaveProperty('parallel_tool_calls');
    expect(without.body).not.toHaveProperty('tool_choice');
    expect(without.dropped).toEqual(['c']);
  });

  it('have the provider’s own web search for another provider’s', () => {
    const search = (value: object): Tool => ({
      type: 'provider',
      kind: 'web_search',
      dialect: 'anthropic',
      name: 'web_search_20250305',
      value: value as never,
      cache: null,
      at: 'tools[0]',
    });
    const place = { type: 'approximate', city: 'Oslo', country: 'NO' };
    const { body, dropped } = write({
      tools: [
        search({
          type: 'web_search_20250305',
          name: 'web_search',
          max_uses: 3,
          allowed_domains: ['a.example'],
          user_location: place,
        }),
      ],
    });
    expect(body.tools).toEqual([
      { type: 'web_search', filters: { allowed_domains: ['a.example'] }, user_location: place },
    ]);
    expect(dropped).toEqual(['tools[0].max_uses']);
    const chat = { search_context_size: 'low', user_location: { type: 'approximate', approximate: { city: 'Oslo' } } };
    expect(write({ tools: [search(chat)] }).body.tools).toEqual([
      { type: 'web_search', search_context_size: 'low', user_location: { type: 'approximate', city: 'Oslo' } },
    ]);
    expect(write({ tools: [search({})] }).body.tools).toEqual([{ type: 'web_search' }]);
  });
});

describe('the settings of a Responses request', () => {
  const rows: readonly [
    string,
    Partial<Conversation>,
    Partial<Target>,
    object,
    readonly string[],
    readonly string[],
  ][] = [
    ['a limit', { maxOutputTokens: stated(500, 'm') }, {}, { max_output_tokens: 500 }, [], []],
    ['a limit that is too small', { maxOutputTokens: stated(1, 'm') }, {}, { max_output_tokens: 16 }, [], ['m']],
    [
      'a limit above the model’s',
      { maxOutputTokens: stated(500, 'm') },
      { maxOutputTokens: 100 },
      { max_output_tokens: 100 },
      [],
      ['m'],
    ],
    [
      'sampling',
      { temperature: stated(0.5, 't'), topP: stated(0.9, 'p') },
      {},
      { temperature: 0.5, top_p: 0.9 },
      [],
      [],
    ],
    [
      'sampling of a model that reasons',
      { temperature: stated(0.5, 't'), topP: stated(1, 'p') },
      { model: 'gpt-5' },
      {},
      ['t'],
      [],
    ],
    [
      'sampling of a model that need not reason',
      { temperature: stated(0.5, 't') },
      { model: 'gpt-5.1' },
      { temperature: 0.5 },
      [],
      [],
    ],
    [
      'what there is no word for',
      { topK: stated(3, 'k'), seed: stated(1, 's'), stopSequences: stated(['END'], 'x') },
      {},
      {},
      ['k', 's', 'x'],
      [],
    ],
    ['penalties', { frequencyPenalty: stated(0.5, 'f'), presencePenalty: stated(0, 'p') }, {}, {}, ['f'], []],
    [
      'JSON',
      { outputFormat: stated({ type: 'json' }, 'o') },
      {},
      { text: { format: { type: 'json_object' } } },
      [],
      [],
    ],
    [
      'a schema without a name',
      {
        outputFormat: stated(
          { type: 'json_schema', name: null, description: null, schema: { a: 1 }, strict: null },
          'o',
        ),
      },
      {},
      { text: { format: { type: 'json_schema', name: 'answer', schema: { a: 1 } } } },
      [],
      [],
    ],
    ['few words', { verbosity: stated('low', 'v') }, {}, { text: { verbosity: 'low' } }, [], []],
    [
      'few words of a model that knows no measure',
      { verbosity: stated('low', 'v') },
      { model: 'gpt-4.1' },
      {},
      ['v'],
      [],
    ],
    ['a tier', { serviceTier: stated('flex', 't') }, {}, { service_tier: 'flex' }, [], []],
    ['a user', { endUser: stated('u', 'e') }, {}, { safety_identifier: 'u' }, [], []],
    ['a key of the cache', { promptCacheKey: stated('k', 'c') }, {}, { prompt_cache_key: 'k' }, [], []],
  ];

  it.each(rows)('have %s', (_name, said, known, expected, dropped, changed) => {
    const { body, ...report } = write(said, known);
    const { model, input, store, include, ...rest } = body;
    expect(rest).toEqual(expected);
    expect(report).toEqual({ dropped, changed });
  });

  it('have the digest of a user’s name that is too long', () => {
    const { body, changed } = write({ endUser: stated(`{"device_id":"${'x'.repeat(200)}"}`, 'metadata.user_id') });
    expect(body.safety_identifier).toMatch(/^[0-9a-f]{64}$/);
    expect(changed).toEqual(['metadata.user_id']);
  });

  const markers = { cache: { value: { ttl: '5m' }, at: 'cache' } } as const;

  it('have markers of the cache where the model takes them', () => {
    const said = { turns: [user({ ...text('Long'), ...markers })] };
    const { body, dropped } = write(said, { model: 'gpt-5.6-sol' });
    expect(body.input[0].content[0].prompt_cache_breakpoint).toEqual({ mode: 'explicit' });
    expect(dropped).toEqual([]);
    expect(write(said).dropped).toEqual(['cache']);
    expect(write({ tools: [{ ...TOOL, ...markers }] }, { model: 'gpt-5.6-sol' }).dropped).toEqual(['cache']);
    const hour = { turns: [user({ ...text('Long'), cache: { value: { ttl: '1h' }, at: 'cache' } })] };
    expect(write(hour, { model: 'gpt-6-sol' })).toMatchObject({
      body: { input: [{ content: [{ prompt_cache_breakpoint: { ttl: '12h' } }] }] },
      changed: ['cache'],
    });
  });
});

describe('what a Responses upstream cannot take at all', () => {
  const media = (source: object): Part => ({ type: 'image', source, detail: null, cache: null, at: 'image' }) as Part;
  const tool = {
    type: 'provider',
    kind: 'other',
    dialect: 'anthropic',
    name: 'computer',
    value: {},
    cache: null,
    at: 'tools[0]',
  } as const;
  const rows: readonly [string, Partial<Conversation>, string][] = [
    ['a tool of another provider', { tools: [tool] }, 'tools[0]'],
    ['a file of another provider', { turns: [user(media({ kind: 'file', dialect: 'anthropic', id: 'f' }))] }, 'image'],
    [
      'a picture of an unknown kind',
      { turns: [user(media({ kind: 'inline', mediaType: 'image/tiff', base64: '' }))] },
      'image',
    ],
    [
      'audio of an unknown kind',
      { turns: [user({ type: 'audio', base64: '', mediaType: 'audio/midi', at: 'audio' })] },
      'audio',
    ],
  ];

  it.each(rows)('is refused by its path: %s', (_name, said, where) => {
    expect(() => write(said)).toThrow(OperatingError);
    expect(() => write(said)).toThrow(
      expect.objectContaining({ kind: 'invalid_input', code: 'not_convertible', where }),
    );
  });

  it('is left out and told where it can be', () => {
    const native: Part = { type: 'native', dialect: 'anthropic', kind: 'server_tool_use', value: {}, at: 'n' };
    const { dropped } = write({ turns: [user(text('Hi')), assistant(native, text('So.')), user(text('And?'))] });
    expect(dropped).toEqual(['n']);
  });
});
