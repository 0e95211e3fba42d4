import { describe, expect, it } from 'vitest';
import type { Conversation } from '#features/gateway/conversation/conversation';
import { OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonPrecisely } from '#foundation/json';
import { readRequest } from './read-request.ts';

const address = { model: null, isStreaming: false };
const USER = { role: 'user', content: 'Hello' };

function read(body: JsonObject): Conversation {
  return readRequest({ model: 'gpt-5', input: 'Hello', ...body }, address);
}

function readInput(...input: JsonValue[]): Conversation {
  return read({ input });
}

function refusal(body: JsonObject): OperatingError {
  try {
    read(body);
  } catch (error) {
    if (error instanceof OperatingError) return error;
  }
  throw new Error('the request was not refused');
}

const CALL = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'look_up', arguments: '{"a":1}' };
const RESULT = { type: 'function_call_output', call_id: 'call_1', output: '21 degrees' };

describe('the system of a Responses request', () => {
  it('is the instructions and what is said before anybody speaks, block by block and in order', () => {
    const { system, turns } = read({
      instructions: 'One',
      input: [
        {
          role: 'system',
          content: [
            { type: 'input_text', text: 'Two' },
            { type: 'input_text', text: 'Three' },
          ],
        },
        { type: 'message', role: 'developer', content: 'Four' },
        USER,
      ],
    });
    expect(system.map(({ text, at }) => [text, at])).toEqual([
      ['One', 'instructions'],
      ['Two', 'input[0].content[0]'],
      ['Three', 'input[0].content[1]'],
      ['Four', 'input[1].content'],
    ]);
    expect(turns).toHaveLength(1);
  });

  it('keeps its later words at their place among the turns', () => {
    const { turns } = readInput(USER, { role: 'developer', content: 'Be brief.' }, USER);
    expect(turns.map(({ role, at }) => [role, at])).toEqual([
      ['user', 'input[0]'],
      ['system', 'input[1]'],
      ['user', 'input[2]'],
    ]);
  });

  it('tells of a picture that it cannot show', () => {
    const image = { type: 'input_image', image_url: 'https://example.com/a.png' };
    expect(readInput({ role: 'system', content: [image] }, USER)).toMatchObject({
      system: [],
      beyond: ['input[0].content[0]'],
    });
  });
});

describe('the turns of a Responses request', () => {
  it('begin with a bare text', () => {
    expect(read({ input: 'Hello' }).turns).toEqual([
      { role: 'user', at: 'input', parts: [{ type: 'text', text: 'Hello', citations: [], cache: null, at: 'input' }] },
    ]);
  });

  it('have all that the model put out between two words of the user in one', () => {
    const { turns } = readInput(
      USER,
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Where?' }], encrypted_content: 'ZW5j' },
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'So.' }],
      },
      CALL,
      RESULT,
    );
    expect(turns).toMatchObject([
      { role: 'user' },
      {
        role: 'assistant',
        parts: [
          {
            type: 'reasoning',
            text: 'Where?',
            proof: { dialect: 'openai-responses', kind: 'hidden', value: 'ZW5j', id: 'rs_1' },
          },
          { type: 'text', text: 'So.' },
          { type: 'tool_call', id: 'call_1', name: 'look_up', argumentsText: '{"a":1}' },
        ],
      },
      { role: 'user', parts: [{ type: 'tool_result', callId: 'call_1', content: [{ text: '21 degrees' }] }] },
    ]);
  });

  it('have the results of parallel calls in one turn right after them, before what the user says', () => {
    const { turns } = readInput(
      USER,
      CALL,
      { ...CALL, call_id: 'call_2' },
      { role: 'developer', content: 'A reminder' },
      { ...RESULT, call_id: 'call_2' },
      { role: 'user', content: 'Go on' },
      RESULT,
    );
    expect(turns.map(({ role, parts }) => [role, parts.map((part) => part.type)])).toEqual([
      ['user', ['text']],
      ['assistant', ['tool_call', 'tool_call']],
      ['user', ['tool_result', 'tool_result']],
      ['system', ['text']],
      ['user', ['text']],
    ]);
  });

  it('have what the user says right behind results in their turn', () => {
    const { turns } = readInput(USER, CALL, RESULT, { role: 'user', content: 'And?' });
    expect(turns.at(-1)?.parts.map((part) => part.type)).toEqual(['tool_result', 'text']);
  });

  it('give a result to the latest call of an id that is used twice', () => {
    const { turns } = readInput(USER, CALL, RESULT, CALL, { ...RESULT, output: '22 degrees' });
    expect(turns.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
  });

  it('name a call by call_id and never by the id of its item', () => {
    const { turns } = readInput(USER, CALL, RESULT);
    expect(JSON.stringify(turns)).not.toContain('fc_1');
  });

  it('keep arguments as the text that they are', () => {
    const texts = ['{"id":12345678901234567890}', '{"cut": tru', '"text"'];
    for (const text of texts) {
      expect(readInput(USER, { ...CALL, arguments: text }).turns[1]?.parts[0]).toMatchObject({ argumentsText: text });
    }
    for (const none of ['', ' ', null]) {
      expect(readInput(USER, { ...CALL, arguments: none }).turns[1]?.parts[0]).toMatchObject({ argumentsText: '{}' });
    }
  });

  it('have calls with text as calls with one argument', () => {
    const { turns } = readInput(
      USER,
      { type: 'custom_tool_call', id: 'ctc_1', call_id: 'call_1', name: 'patch', input: 'a "b"\n' },
      { type: 'custom_tool_call_output', call_id: 'call_1', output: 'done' },
    );
    expect(turns).toMatchObject([
      {},
      { parts: [{ type: 'tool_call', name: 'patch', argumentsText: '{"input":"a \\"b\\"\\n"}' }] },
      { parts: [{ type: 'tool_result', callId: 'call_1' }] },
    ]);
  });

  it('have results with pictures and files', () => {
    const output = [
      { type: 'input_text', text: 'Look' },
      { type: 'input_image', image_url: 'data:image/png;base64,aGk=' },
      { type: 'input_file', filename: 'a.pdf', file_data: 'aGk=' },
    ];
    expect(readInput(USER, CALL, { ...RESULT, output }).turns[2]?.parts[0]).toMatchObject({
      content: [{ type: 'text' }, { type: 'image' }, { type: 'document', source: { mediaType: 'application/pdf' } }],
    });
    expect(readInput(USER, CALL, { ...RESULT, output: '' }).turns[2]?.parts[0]).toMatchObject({ content: [] });
  });

  it('have reasoning in several parts, or in full, as one text', () => {
    const summary = [
      { type: 'summary_text', text: 'One' },
      { type: 'summary_text', text: 'Two' },
    ];
    expect(readInput({ type: 'reasoning', summary }, USER).turns[0]?.parts).toMatchObject([
      { type: 'reasoning', text: 'One\n\nTwo', proof: null },
    ]);
    const content = [{ type: 'reasoning_text', text: 'All of it' }];
    expect(readInput({ type: 'reasoning', summary: [], content }, USER).turns[0]?.parts).toMatchObject([
      { type: 'reasoning', text: 'All of it' },
    ]);
  });

  it('give back to other providers what was carried for them', () => {
    const item = { type: 'reasoning', id: 'rs_9', summary: [], encrypted_content: 'sp1.gemini.signature..c2ln' };
    expect(readInput(item, USER).turns[0]?.parts).toMatchObject([
      { type: 'reasoning', proof: { dialect: 'gemini', kind: 'signature', value: 'c2ln', id: null } },
    ]);
  });

  it('tell of reasoning that only OpenAI keeps', () => {
    expect(readInput({ type: 'reasoning', id: 'rs_1', summary: [] }, USER).beyond).toEqual(['input[0]']);
  });

  it('have what only this API knows as native parts of whoever sent them', () => {
    const { turns } = readInput(
      USER,
      { type: 'web_search_call', id: 'ws_1', status: 'completed' },
      { type: 'local_shell_call_output', id: 'x', output: '{}' },
      { role: 'user', content: [{ type: 'input_hologram', data: 1 }] },
    );
    expect(turns).toMatchObject([
      { role: 'user' },
      {
        role: 'assistant',
        parts: [{ type: 'native', dialect: 'openai-responses', kind: 'web_search_call', at: 'input[1]' }],
      },
      { role: 'user', parts: [{ type: 'native', kind: 'local_shell_call_output' }] },
      { role: 'user', parts: [{ type: 'native', kind: 'input_hologram', at: 'input[3].content[0]' }] },
    ]);
  });
});

describe('the media of a Responses request', () => {
  const cases: readonly [string, JsonObject, JsonObject][] = [
    [
      'a picture by its address',
      { type: 'input_image', image_url: 'https://a.example/b.png', detail: 'auto' },
      { type: 'image', source: { kind: 'url', url: 'https://a.example/b.png' }, detail: null },
    ],
    [
      'a picture in capital letters and lines',
      { type: 'input_image', image_url: 'DATA:Image/PNG;base64,aG\nk=', detail: 'high' },
      { type: 'image', source: { kind: 'inline', mediaType: 'image/png', base64: 'aGk=' }, detail: { value: 'high' } },
    ],
    [
      'a picture that is a file of OpenAI’s',
      { type: 'input_image', file_id: 'file-1' },
      { type: 'image', source: { kind: 'file', dialect: 'openai-responses', id: 'file-1' } },
    ],
    [
      'a file of bare data, by its name',
      { type: 'input_file', filename: 'a.CSV', file_data: 'aGk=' },
      { type: 'document', source: { kind: 'inline', mediaType: 'text/csv', base64: 'aGk=' }, title: 'a.CSV' },
    ],
    [
      'a file by its address',
      { type: 'input_file', file_url: 'https://a.example/b.pdf' },
      { type: 'document', source: { kind: 'url' }, title: null },
    ],
    [
      'a file whose data are not Base64',
      { type: 'input_file', file_data: 'data:text/plain,a%20b' },
      { type: 'document', source: { kind: 'inline', mediaType: 'text/plain', base64: 'YSBi' } },
    ],
    [
      'audio',
      { type: 'input_audio', input_audio: { data: 'aGk=', format: 'mp3' } },
      { type: 'audio', mediaType: 'audio/mpeg', base64: 'aGk=' },
    ],
    ['a refusal of the assistant', { type: 'refusal', refusal: 'No.' }, { type: 'refusal', text: 'No.' }],
    [
      'a text that the cache may keep, for as long as is usual',
      { type: 'input_text', text: 'Long', prompt_cache_breakpoint: { mode: 'explicit' } },
      { type: 'text', cache: { value: { ttl: '5m' }, at: 'input[0].content[0].prompt_cache_breakpoint' } },
    ],
    [
      'a text that the cache must keep for half an hour',
      { type: 'input_text', text: 'Long', prompt_cache_breakpoint: { mode: 'explicit', ttl: '30m' } },
      { type: 'text', cache: { value: { ttl: '1h' } } },
    ],
  ];

  it.each(cases)('have %s', (_name, part, expected) => {
    const { turns, beyond } = readInput({ role: 'user', content: [part] });
    expect(turns[0]?.parts).toMatchObject([expected]);
    expect(beyond).toEqual([]);
  });

  it('have sources of what the assistant said', () => {
    const annotation = { type: 'url_citation', url: 'https://a.example', title: 'A', start_index: 0, end_index: 3 };
    const content = [{ type: 'output_text', text: 'Sun', annotations: [annotation] }];
    expect(readInput({ role: 'assistant', content }, USER).turns[0]?.parts).toMatchObject([
      { citations: [{ kind: 'web', url: 'https://a.example', title: 'A', span: { start: 0, end: 3 } }] },
    ]);
  });
});

describe('the settings of a Responses request', () => {
  const cases: readonly [string, JsonObject, Partial<Record<keyof Conversation, unknown>>][] = [
    [
      'an effort',
      { reasoning: { effort: 'high' } },
      { reasoning: { value: { mode: 'on', effort: 'high', display: null } } },
    ],
    ['no reasoning', { reasoning: { effort: 'none' } }, { reasoning: { value: { mode: 'off', effort: 'none' } } }],
    [
      'a wish to see reasoning',
      { reasoning: { summary: 'auto', mode: 'standard', context: 'auto' } },
      { reasoning: { value: { mode: 'adaptive', effort: null, display: 'summarized' } } },
    ],
    ['nothing of reasoning', { reasoning: {} }, { reasoning: null }],
    [
      'JSON',
      { text: { format: { type: 'json_object' } } },
      { outputFormat: { value: { type: 'json' }, at: 'text.format' } },
    ],
    ['plain text', { text: { format: { type: 'text' } } }, { outputFormat: null }],
    ['fast mode', { service_tier: 'fast' }, { serviceTier: { value: 'priority' } }],
    ['the older name of a user', { user: 'u' }, { endUser: { value: 'u', at: 'user' } }],
    ['both names of a user', { user: 'u', safety_identifier: 'u' }, { endUser: { at: 'safety_identifier' } }],
    ['a choice of tools', { tool_choice: 'required' }, { toolChoice: { value: { type: 'required', names: null } } }],
    [
      'a custom tool',
      { tool_choice: { type: 'custom', name: 'p' } },
      { toolChoice: { value: { type: 'named', name: 'p' } } },
    ],
    [
      'some of the tools',
      { tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'a' }] } },
      { toolChoice: { value: { type: 'required', names: ['a'] } } },
    ],
    [
      'what says nothing',
      {
        background: false,
        store: false,
        truncation: 'disabled',
        metadata: {},
        top_logprobs: 0,
        stream_options: { include_obfuscation: false },
        include: ['reasoning.encrypted_content'],
        conversation: null,
        max_tool_calls: null,
      },
      {},
    ],
  ];

  it.each(cases)('have %s', (_name, body, expected) => {
    expect(read(body)).toMatchObject({ ...expected, beyond: [] });
  });

  const beyond: readonly [string, JsonObject, readonly string[]][] = [
    ['what is unknown', { top_k: 3, nonsense: { a: 1 } }, ['top_k', 'nonsense']],
    ['what is to be kept', { store: true, metadata: { a: 'b' } }, ['metadata', 'store']],
    ['cutting the input', { truncation: 'auto' }, ['truncation']],
    [
      'what else is to be included',
      { include: ['reasoning.encrypted_content', 'message.output_text.logprobs'] },
      ['include[1]'],
    ],
    ['how long a summary is to be', { reasoning: { summary: 'detailed' } }, ['reasoning.summary']],
    [
      'other ways to reason',
      { reasoning: { effort: 'ultra', mode: 'pro', context: 'all_turns' } },
      ['reasoning.mode', 'reasoning.context', 'reasoning.effort'],
    ],
    ['a tier of its own', { service_tier: 'scale' }, ['service_tier']],
    ['two users', { user: 'u', safety_identifier: 's' }, ['user']],
    [
      'a choice that forces nothing',
      { tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'a' }] } },
      ['tool_choice.tools'],
    ],
    ['a choice of a tool that it runs', { tool_choice: { type: 'file_search' } }, ['tool_choice']],
    [
      'a grammar',
      { tools: [{ type: 'custom', name: 'p', format: { type: 'grammar', syntax: 'lark', definition: 'x' } }] },
      ['tools[0].format'],
    ],
    [
      'tools that wait',
      { tools: [{ type: 'function', name: 'a', defer_loading: true, async: false }] },
      ['tools[0].defer_loading'],
    ],
    [
      'a form that is unknown',
      { text: { format: { type: 'poem' }, verbosity: 'none' } },
      ['text.format', 'text.verbosity'],
    ],
    [
      'another caller',
      { input: [{ ...CALL, caller: { type: 'program', caller_id: 'p' }, namespace: 'n' }] },
      ['input[0].caller', 'input[0].namespace'],
    ],
  ];

  it.each(beyond)('tell of %s', (_name, body, places) => {
    expect([...read(body).beyond].sort()).toEqual([...places].sort());
  });

  it('keep every digit and the order of a schema', () => {
    const text = '{"type":"object","properties":{"zeta":{"const":12345678901234567890},"alpha":{"multipleOf":1.10}}}';
    const parameters = parseJsonPrecisely(text);
    if (!isJsonObject(parameters)) throw new Error('no schema');
    const [tool] = read({ tools: [{ type: 'function', name: 'a', parameters, strict: true }] }).tools;
    expect(tool?.type === 'function' ? JSON.stringify(tool.schema) : '').toBe(text);
  });

  it('know a web search, and any other tool of the provider by its name', () => {
    const types = [
      'web_search',
      'web_search_2025_08_26',
      'web_search_preview',
      'web_search_preview_2025_03_11',
      'mcp',
      'namespace',
    ];
    const { tools } = read({ tools: types.map((type) => ({ type })) });
    expect(tools.map((tool) => (tool.type === 'provider' ? tool.kind : ''))).toEqual([
      ...Array(4).fill('web_search'),
      'other',
      'other',
    ]);
  });
});

describe('a Responses request that nobody else could answer', () => {
  const cases: readonly [string, JsonObject, string][] = [
    ['goes on from a response that OpenAI keeps', { previous_response_id: 'resp_1' }, 'previous_response_id'],
    ['belongs to a conversation that OpenAI keeps', { conversation: { id: 'conv_1' } }, 'conversation'],
    ['uses a prompt that OpenAI keeps', { prompt: { id: 'pmpt_1' } }, 'prompt'],
    ['is to be fetched later', { background: true }, 'background'],
    ['names an item that OpenAI keeps', { input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input[0]'],
    ['names an item without saying so', { input: [USER, { id: 'msg_1' }] }, 'input[1]'],
    ['holds turns that only OpenAI can read', { input: [{ type: 'compaction', encrypted_content: 'x' }] }, 'input[0]'],
  ];

  it.each(cases)('is refused by its path when it %s', (_name, body, where) => {
    const error = refusal(body);
    expect(error).toMatchObject({ kind: 'invalid_input', code: 'not_convertible', where });
    expect(error.message.startsWith(`${where}: `)).toBe(true);
    expect(error.remedy).toBeTruthy();
  });
});

describe('a body that is no Responses request', () => {
  const cases: readonly [JsonObject, string][] = [
    [{ model: '' }, 'model'],
    [{ model: 7 }, 'model'],
    [{ model: 'a\u0000b' }, 'model'],
    [{ input: null }, 'input'],
    [{ input: [] }, 'input'],
    [{ input: 7 }, 'input'],
    [{ input: ['Hello'] }, 'input[0]'],
    [{ input: [{ content: 'Hello' }] }, 'input[0].type'],
    [{ input: [{ role: 'narrator', content: 'x' }] }, 'input[0].role'],
    [{ input: [{ role: 'user' }] }, 'input[0].content'],
    [{ input: [{ role: 'user', content: [7] }] }, 'input[0].content[0]'],
    [{ input: [{ role: 'user', content: [{ text: 'x' }] }] }, 'input[0].content[0].type'],
    [{ input: [{ role: 'user', content: [{ type: 'input_text' }] }] }, 'input[0].content[0].text'],
    [{ input: [{ role: 'user', content: [{ type: 'input_image' }] }] }, 'input[0].content[0].image_url'],
    [{ input: [{ role: 'user', content: [{ type: 'input_file' }] }] }, 'input[0].content[0].file_data'],
    [{ input: [{ role: 'user', content: [{ type: 'input_audio' }] }] }, 'input[0].content[0].input_audio'],
    [{ input: [{ ...CALL, call_id: undefined }] }, 'input[0].call_id'],
    [{ input: [{ ...CALL, name: '' }] }, 'input[0].name'],
    [{ input: [CALL, { ...RESULT, call_id: null }] }, 'input[1].call_id'],
    [{ input: [RESULT] }, 'input[0].call_id'],
    [{ input: [RESULT, CALL] }, 'input[0].call_id'],
    [{ instructions: ['x'] }, 'instructions'],
    [{ tools: {} }, 'tools'],
    [{ tools: [7] }, 'tools[0]'],
    [{ tools: [{ name: 'a' }] }, 'tools[0].type'],
    [{ tools: [{ type: 'function' }] }, 'tools[0].name'],
    [{ tools: [{ type: 'function', name: 'a', parameters: 'x' }] }, 'tools[0].parameters'],
    [{ tool_choice: 7 }, 'tool_choice'],
    [{ tool_choice: { type: 'function' } }, 'tool_choice.name'],
    [{ parallel_tool_calls: 'no' }, 'parallel_tool_calls'],
    [{ max_output_tokens: '9' }, 'max_output_tokens'],
    [{ temperature: true }, 'temperature'],
    [{ reasoning: 'high' }, 'reasoning'],
    [{ text: { format: { type: 'json_schema', name: 'a' } } }, 'text.format.schema'],
    [{ prompt_cache_key: 7 }, 'prompt_cache_key'],
  ];

  it.each(cases)('is told where: %j', (body, where) => {
    const error = refusal(body);
    expect(error).toMatchObject({ kind: 'invalid_input', code: 'message_request', where });
    expect(error.message.startsWith(`${where}: `)).toBe(true);
  });
});
