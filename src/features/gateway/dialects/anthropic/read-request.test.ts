import { describe, expect, it } from 'vitest';
import type { Conversation } from '#features/gateway/conversation/conversation';
import { isJsonObject, type JsonValue, parseJsonPrecisely } from '#foundation/json';
import { outline } from './outline.ts';
import { readRequest } from './read-request.ts';

const address = { model: null, isStreaming: false };

function read(members: object): Conversation {
  const body = parseJsonPrecisely(
    JSON.stringify({ model: 'claude-x', messages: [{ role: 'user', content: 'Hello' }], ...members }),
  );
  if (!isJsonObject(body)) throw new Error('the body is no object');
  return readRequest(body, address);
}

function partsOf(content: JsonValue, role = 'user') {
  return read({ messages: [{ role, content }] }).turns[0]?.parts;
}

describe('a request of a client that speaks the Messages API', () => {
  it('keeps the blocks of the system, their order, their markers and their places', () => {
    const { system, beyond } = read({
      system: [
        { type: 'text', text: 'One' },
        { type: 'text', text: 'Two', cache_control: { type: 'ephemeral', ttl: '1h', scope: 'global' } },
        { type: 'image', source: {} },
      ],
    });
    expect(system).toEqual([
      { type: 'text', text: 'One', citations: [], cache: null, at: 'system[0]' },
      {
        type: 'text',
        text: 'Two',
        citations: [],
        cache: { value: { ttl: '1h' }, at: 'system[1].cache_control' },
        at: 'system[1]',
      },
    ]);
    expect(beyond).toEqual(['system[1].cache_control.scope', 'system[2]']);
    expect(read({ system: 'Be brief.' }).system).toMatchObject([{ text: 'Be brief.', at: 'system' }]);
  });

  it('lets the system speak between the turns', () => {
    const { turns } = read({
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'system', content: [{ type: 'text', text: 'Be brief from now on.' }] },
      ],
    });
    expect(turns.map(({ role, at }) => [role, at])).toEqual([
      ['user', 'messages[0]'],
      ['system', 'messages[1]'],
    ]);
  });

  it('puts results of tools first, all of one turn together, and what stands between them after them', () => {
    const call = (id: string) => ({ type: 'tool_use', id, name: 'n', input: {} });
    const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: id });
    const { turns } = read({
      messages: [
        { role: 'assistant', content: [call('a'), call('b'), call('c')] },
        { role: 'system', content: 'A reminder.' },
        { role: 'user', content: [{ type: 'text', text: 'first' }, result('a')] },
        { role: 'user', content: [result('b')] },
        { role: 'user', content: [{ type: 'text', text: 'second' }, result('c')] },
      ],
    });
    expect(turns.map(({ role }) => role)).toEqual(['assistant', 'user', 'system', 'user']);
    const told = (index: number) =>
      turns[index]?.parts.map((part) =>
        part.type === 'tool_result' ? part.callId : part.type === 'text' && part.text,
      );
    expect(told(1)).toEqual(['a', 'b', 'c', 'first']);
    expect(told(3)).toEqual(['second']);
    const together = read({
      messages: [
        { role: 'assistant', content: [call('a'), call('b')] },
        { role: 'user', content: [{ type: 'text', text: 'first' }, result('a')] },
        { role: 'user', content: [{ type: 'text', text: 'second' }, result('b')] },
      ],
    }).turns;
    expect(together).toHaveLength(2);
    expect(
      together[1]?.parts.map((part) => (part.type === 'tool_result' ? part.callId : part.type === 'text' && part.text)),
    ).toEqual(['a', 'b', 'first', 'second']);
  });

  it('keeps every digit of the arguments of a call and of the schema of a tool, and the order of their keys', () => {
    const text =
      '{"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"n","input":{"zeta":12345678901234567890,"alpha":1.0}}]}],' +
      '"tools":[{"name":"n","input_schema":{"type":"object","properties":{"id":{"const":98765432109876543210}}}}]}';
    const body = parseJsonPrecisely(text);
    if (!isJsonObject(body)) throw new Error('the body is no object');
    const conversation = readRequest(body, address);
    expect(conversation.turns[0]?.parts).toMatchObject([
      { argumentsText: '{"zeta":12345678901234567890,"alpha":1.0}' },
    ]);
    const [tool] = conversation.tools;
    expect(JSON.stringify(tool?.type === 'function' && tool.schema)).toContain('98765432109876543210');
  });

  it('keeps thinking, hidden thinking and a signature without text', () => {
    const parts = partsOf(
      [
        { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
        { type: 'thinking', thinking: '', signature: 'YWxvbmU=' },
        { type: 'redacted_thinking', data: 'aGlk' },
        { type: 'thinking', thinking: 'unsigned', signature: '' },
      ],
      'assistant',
    );
    expect(parts).toMatchObject([
      { type: 'reasoning', text: 'Hm.', proof: { dialect: 'anthropic', kind: 'signature', value: 'c2ln' } },
      { type: 'reasoning', text: '', proof: { kind: 'signature', value: 'YWxvbmU=' } },
      { type: 'reasoning', text: '', proof: { kind: 'hidden', value: 'aGlk' } },
      { type: 'reasoning', text: 'unsigned', proof: null },
    ]);
  });

  it('gives a call back what its provider wanted back with it, and other reasoning its own proof', () => {
    const parts = partsOf(
      [
        { type: 'thinking', thinking: 'Hm.', signature: 'sp1.openai-responses.hidden.cnNfMQ.ZW5j' },
        { type: 'tool_use', id: 'call_1', name: 'n', input: {} },
        { type: 'redacted_thinking', data: `sp1.gemini.signature.${Buffer.from('call_1').toString('base64url')}.Z2Vt` },
      ],
      'assistant',
    );
    expect(parts).toMatchObject([
      {
        type: 'reasoning',
        text: 'Hm.',
        proof: { dialect: 'openai-responses', kind: 'hidden', value: 'ZW5j', id: 'rs_1' },
      },
      { type: 'tool_call', id: 'call_1', proof: { dialect: 'gemini', kind: 'signature', value: 'Z2Vt', id: null } },
    ]);
  });

  it('knows pictures, documents and texts in the results of tools', () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/PNG', data: 'aGVs\nbG8=' } };
    const parts = partsOf([
      {
        type: 'tool_result',
        tool_use_id: 'a',
        is_error: true,
        cache_control: { type: 'ephemeral' },
        content: [{ type: 'text', text: 'x' }, image, { type: 'tool_reference', tool_name: 'y' }],
      },
      { type: 'tool_result', tool_use_id: 'b' },
      { type: 'tool_result', tool_use_id: 'c', content: 'plain' },
    ]);
    expect(parts).toMatchObject([
      {
        type: 'tool_result',
        callId: 'a',
        isError: true,
        cache: { value: { ttl: '5m' } },
        content: [{ text: 'x' }, { source: { kind: 'inline', mediaType: 'image/png', base64: 'aGVsbG8=' } }],
      },
      { callId: 'b', isError: false, content: [] },
      { callId: 'c', content: [{ text: 'plain', at: 'messages[0].content[2].content' }] },
    ]);
  });

  it.each([
    [
      { type: 'base64', media_type: 'application/pdf', data: 'JVBE' },
      { kind: 'inline', mediaType: 'application/pdf' },
    ],
    [
      { type: 'text', media_type: 'text/plain', data: 'words' },
      { kind: 'text', text: 'words' },
    ],
    [
      { type: 'url', url: 'https://example.com/a.pdf' },
      { kind: 'url', url: 'https://example.com/a.pdf' },
    ],
    [
      { type: 'file', file_id: 'file_1' },
      { kind: 'file', dialect: 'anthropic', id: 'file_1' },
    ],
    [
      { type: 'content', content: 'words' },
      { kind: 'text', text: 'words' },
    ],
    [
      {
        type: 'content',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { kind: 'text', text: 'a\n\nb' },
    ],
  ])('knows a document from %j', (source, expected) => {
    const parts = partsOf([{ type: 'document', source, title: 'T', context: 'C', citations: { enabled: true } }]);
    expect(parts).toMatchObject([
      {
        type: 'document',
        source: expected,
        title: 'T',
        context: { value: 'C', at: 'messages[0].content[0].context' },
        wantsCitations: { value: true, at: 'messages[0].content[0].citations' },
      },
    ]);
  });

  it('takes results of a search of the client’s for documents with a title and a source', () => {
    const parts = partsOf([
      {
        type: 'search_result',
        source: 'https://example.com',
        title: 'T',
        content: [{ type: 'text', text: 'words' }],
        citations: { enabled: true },
      },
    ]);
    expect(parts).toMatchObject([
      { type: 'document', title: 'T', source: { text: 'words' }, context: { value: 'https://example.com' } },
    ]);
  });

  it('keeps as they are the blocks that only this API has', () => {
    const block = { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'x' } };
    expect(partsOf([block], 'assistant')).toMatchObject([
      { type: 'native', dialect: 'anthropic', kind: 'server_tool_use', value: block },
    ]);
  });

  it.each([
    [
      { thinking: { type: 'enabled', budget_tokens: 2048 } },
      { mode: 'on', budgetTokens: 2048, effort: null },
      'thinking',
    ],
    [{ thinking: { type: 'disabled' } }, { mode: 'off' }, 'thinking'],
    [
      { thinking: { type: 'adaptive', display: 'omitted' }, output_config: { effort: 'xhigh' } },
      { mode: 'adaptive', display: 'omitted', effort: 'xhigh' },
      'thinking',
    ],
    [{ output_config: { effort: 'low' } }, { mode: 'adaptive', effort: 'low', display: null }, 'output_config.effort'],
  ])('reads how it is to think from %j', (members, value, at) => {
    expect(read(members).reasoning).toMatchObject({ value, at });
  });

  it.each([
    [{ type: 'auto' }, { type: 'auto' }, null],
    [{ type: 'any', disable_parallel_tool_use: true }, { type: 'required', names: null }, false],
    [{ type: 'tool', name: 'n', disable_parallel_tool_use: false }, { type: 'named', name: 'n' }, true],
    [{ type: 'none' }, { type: 'none' }, null],
  ])('reads the choice %j', (choice, value, parallel) => {
    const { toolChoice, parallelToolCalls } = read({ tool_choice: choice });
    expect(toolChoice).toEqual({ value, at: 'tool_choice' });
    expect(parallelToolCalls?.value ?? null).toBe(parallel);
  });

  it('knows functions, and tools that the provider runs', () => {
    const search = { type: 'web_search_20260209', name: 'web_search', max_uses: 3 };
    const { tools, beyond } = read({
      tools: [
        { name: 'n', description: 'D', input_schema: { type: 'object' }, strict: true, allowed_callers: ['direct'] },
        {
          type: 'custom',
          name: 'm',
          input_schema: { type: 'object' },
          defer_loading: true,
          eager_input_streaming: true,
        },
        search,
        { type: 'bash_20250124', name: 'bash' },
      ],
    });
    expect(tools).toMatchObject([
      { type: 'function', name: 'n', description: 'D', strict: { value: true, at: 'tools[0].strict' } },
      { type: 'function', name: 'm', description: null, strict: null },
      { type: 'provider', kind: 'web_search', name: 'web_search_20260209', value: search, at: 'tools[2]' },
      { type: 'provider', kind: 'other', name: 'bash_20250124' },
    ]);
    expect(beyond).toEqual(['tools[1].defer_loading']);
  });

  it('reads the settings that others have too', () => {
    expect(
      read({
        max_tokens: 100,
        temperature: 1.0,
        top_p: 0.5,
        top_k: 5,
        stop_sequences: ['END'],
        stream: true,
        metadata: { user_id: 'u' },
        service_tier: 'standard_only',
        output_config: { format: { type: 'json_schema', schema: { type: 'object' } } },
      }),
    ).toMatchObject({
      maxOutputTokens: { value: 100, at: 'max_tokens' },
      temperature: { value: 1, at: 'temperature' },
      topP: { value: 0.5 },
      topK: { value: 5 },
      stopSequences: { value: ['END'] },
      isStreaming: true,
      endUser: { value: 'u', at: 'metadata.user_id' },
      serviceTier: { value: 'default' },
      outputFormat: { value: { type: 'json_schema', schema: { type: 'object' } }, at: 'output_config.format' },
      beyond: [],
    });
  });

  it('tells of everything that nobody else could get, by its place', () => {
    const { beyond } = read({
      cache_control: { type: 'ephemeral' },
      container: { id: 'c' },
      mcp_servers: [],
      context_management: { edits: [] },
      speed: 'fast',
      metadata: { user_id: 'u', other: 1 },
      thinking: { type: 'between_tools', display: 'updates', block_binding: {} },
      output_config: { task_budget: {} },
      anthropic_version: 'bedrock-2023-05-31',
      inference_geo: null,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'x', unknown: 1 },
            { type: 'image', source: { type: 'url', url: 'https://example.com' }, transformations: {} },
          ],
        },
      ],
    });
    expect([...beyond].sort()).toEqual(
      [
        'cache_control',
        'container',
        'context_management',
        'speed',
        'metadata.other',
        'thinking.type',
        'thinking.display',
        'thinking.block_binding',
        'output_config.task_budget',
        'messages[0].content[0].unknown',
        'messages[0].content[1].transformations',
      ].sort(),
    );
  });

  it.each([
    [{ messages: 'x' }, 'messages: '],
    [{ messages: [] }, 'messages: '],
    [{ messages: [1] }, 'messages[0]: '],
    [{ messages: [{ role: 'tool', content: '' }] }, 'messages[0].role: '],
    [{ messages: [{ role: 'user', content: 7 }] }, 'messages[0].content: '],
    [{ messages: [{ role: 'user', content: [7] }] }, 'messages[0].content[0]: '],
    [{ messages: [{ role: 'user', content: [{ text: 'x' }] }] }, 'messages[0].content[0].type: '],
    [{ messages: [{ role: 'user', content: [{ type: 'image' }] }] }, 'messages[0].content[0].source: '],
    [
      { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'base64', data: 'x' } }] }] },
      'messages[0].content[0].source.media_type: ',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'tool_result', content: 'x' }] }] },
      'messages[0].content[0].tool_use_id: ',
    ],
    [{ tools: [{ input_schema: {} }] }, 'tools[0].name: '],
    [{ tools: [{ name: 'n', input_schema: [] }] }, 'tools[0].input_schema: '],
    [{ tools: {} }, 'tools: '],
    [{ tool_choice: { type: 'tool' } }, 'tool_choice.name: '],
    [{ tool_choice: { type: 'x' } }, 'tool_choice.type: '],
    [{ thinking: 'on' }, 'thinking: '],
    [{ stop_sequences: 'x' }, 'stop_sequences: '],
    [{ stop_sequences: [1] }, 'stop_sequences: '],
    [{ max_tokens: 'many' }, 'max_tokens: '],
    [{ system: 7 }, 'system: '],
    [{ model: '' }, 'model: '],
  ])('is refused when it is none: %j', (members, message) => {
    expect(() => read(members)).toThrow(
      expect.objectContaining({
        kind: 'invalid_input',
        code: 'message_request',
        message: expect.stringMatching(new RegExp(`^${message.replace(/[.[\]]/g, '\\$&')}`)),
      }),
    );
  });

  it('is outlined for routing without being translated', () => {
    const body = {
      model: 'claude-x',
      max_tokens: 5,
      stream: true,
      metadata: { user_id: 'u' },
      system: 'S',
      messages: [
        { role: 'user', content: 'a' },
        { role: 'system', content: 'b' },
        { role: 'assistant', content: [{ text: 'no type' }] },
      ],
    };
    expect(outline(body, address)).toEqual({
      model: 'claude-x',
      isStreaming: true,
      maxOutputTokensPath: ['max_tokens'],
      endUser: 'u',
      turns: [
        { role: 'system', path: ['system'], content: 'S' },
        { role: 'user', path: ['messages', 0, 'content'], content: 'a' },
        { role: 'system', path: ['messages', 1, 'content'], content: 'b' },
        { role: 'assistant', path: ['messages', 2, 'content'], content: [{ text: 'no type' }] },
      ],
    });
    expect(outline({ messages: [{}] }, { model: 'of-the-path', isStreaming: true })).toEqual({
      model: 'of-the-path',
      isStreaming: true,
      maxOutputTokensPath: null,
      endUser: null,
      turns: [{ role: 'user', path: ['messages', 0, 'content'], content: null }],
    });
  });
});
