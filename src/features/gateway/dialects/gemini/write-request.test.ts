import { describe, expect, it } from 'vitest';
import type { Conversation, FunctionTool, Reasoning, Turn } from '#features/gateway/conversation/conversation';
import { createLosses } from '#features/gateway/conversation/losses';
import type { Part, ReasoningProof, ToolResultPart } from '#features/gateway/conversation/part';
import type { Target } from '#features/gateway/dialects/dialect';
import type { JsonValue } from '#foundation/json';
import { conversationOf, targetOf } from '#tests/support/dialects';
import { madeCallId } from './call-ids.ts';
import { writeRequest } from './write-request.ts';

const cache = { value: { ttl: '5m' }, at: 'cache' } as const;
const FOREIGN: ReasoningProof = { dialect: 'anthropic', kind: 'signature', value: 'Zm9v', id: null };
const OWN: ReasoningProof = { dialect: 'gemini', kind: 'signature', value: 'b3du', id: null };

function written(said: Partial<Conversation>, to: Partial<Target> = {}) {
  const losses = createLosses();
  const body = writeRequest(conversationOf('anthropic', said), targetOf({ model: 'gemini-2.5-flash', ...to }), losses);
  return { body, ...losses.report() };
}

function contentsOf(turns: readonly Turn[], to: Partial<Target> = {}) {
  const { body, dropped, changed } = written({ turns }, to);
  return { contents: body.contents, dropped, changed };
}

const text = (said: string, known: Partial<Part & { type: 'text' }> = {}): Part & { type: 'text' } => ({
  type: 'text',
  text: said,
  citations: [],
  cache: null,
  at: said,
  ...known,
});
const user = (...parts: Part[]): Turn => ({ role: 'user', parts, at: 'user' });
const model = (...parts: Part[]): Turn => ({ role: 'assistant', parts, at: 'model' });
const call = (id: string, proof: ReasoningProof | null = null, argumentsText = '{}'): Part => ({
  type: 'tool_call',
  id,
  name: `f_${id}`,
  argumentsText,
  proof,
  cache: null,
  at: `call ${id}`,
});
const result = (id: string, known: Partial<ToolResultPart> = {}): ToolResultPart => ({
  type: 'tool_result',
  callId: id,
  name: null,
  content: [text(`of ${id}`)],
  isError: false,
  cache: null,
  at: `result ${id}`,
  ...known,
});
const functionResponse = (id: string, response: JsonValue = { output: `of ${id}` }) => ({
  functionResponse: { id, name: `f_${id}`, response },
});

describe('a request to Gemini', () => {
  it('keeps the blocks of the system apart', () => {
    const { body, dropped } = written({ system: [text('One', { cache }), text(''), text('Two')] });
    expect(body.systemInstruction).toEqual({ parts: [{ text: 'One' }, { text: 'Two' }] });
    expect(dropped).toEqual(['cache']);
  });

  it('says later words of the system as the user, and tells so', () => {
    const { contents, changed } = contentsOf([
      user(text('Hi')),
      { role: 'system', parts: [text('Stop')], at: 'messages[1]' },
    ]);
    expect(contents).toEqual([
      { role: 'user', parts: [{ text: 'Hi' }] },
      { role: 'user', parts: [{ text: 'Stop' }] },
    ]);
    expect(changed).toEqual(['messages[1]']);
  });

  it('puts results in the order of their calls, right behind them, and what the user says after them', () => {
    const { contents } = contentsOf([model(call('a'), call('b')), user(result('b'), result('a'), text('Well?'))]);
    expect(contents).toEqual([
      { role: 'model', parts: [expect.anything(), expect.anything()] },
      { role: 'user', parts: [functionResponse('a'), functionResponse('b')] },
      { role: 'user', parts: [{ text: 'Well?' }] },
    ]);
  });

  it('makes one turn of turns of the model that follow each other, whose calls are answered together', () => {
    const { contents } = contentsOf([model(call('a')), model(call('b')), user(result('a'), result('b'))]);
    expect(contents).toMatchObject([
      { role: 'model', parts: [{}, {}] },
      { role: 'user', parts: [functionResponse('a'), functionResponse('b')] },
    ]);
  });

  it('gives Gemini no id back that it did not give', () => {
    const id = madeCallId('x');
    const { contents } = contentsOf([model(call(id)), user(result(id))]);
    expect(JSON.stringify(contents)).not.toContain('"id"');
  });

  it('refuses a result of nothing', () => {
    expect(() => contentsOf([user(result('a'))])).toThrow(/^result a: answers no tool call/);
  });

  const responses: [string, Partial<ToolResultPart>, JsonValue][] = [
    ['text as output', {}, { output: 'of a' }],
    ['an error as error', { isError: true }, { error: 'of a' }],
    ['several texts as a list', { content: [text('x'), text('y')] }, { output: ['x', 'y'] }],
    ['an object as it is', { content: [text('{"b":1,"a":12345678901234567890}')] }, { b: 1, a: expect.anything() }],
    [
      'an object that would be taken for output as text',
      { content: [text('{"output":"x"}')] },
      { output: '{"output":"x"}' },
    ],
    ['an object that we would print otherwise as text', { content: [text('{ "a": 1 }')] }, { output: '{ "a": 1 }' }],
    ['an array as text', { content: [text('[1]')] }, { output: '[1]' }],
    ['nothing as empty output', { content: [] }, { output: '' }],
  ];
  for (const [what, known, expected] of responses) {
    it(`writes ${what}`, () => {
      const { contents, dropped, changed } = contentsOf([model(call('a')), user(result('a', known))]);
      expect(contents).toMatchObject([{}, { parts: [functionResponse('a', expected)] }]);
      expect([dropped, changed]).toEqual([[], []]);
    });
  }

  const image: ToolResultPart['content'][number] = {
    type: 'image',
    source: { kind: 'inline', mediaType: 'image/png', base64: 'aGk=' },
    detail: null,
    cache: null,
    at: 'image',
  };

  it('puts media of results into the response where the model takes them', () => {
    const turns = [model(call('a', OWN)), user(result('a', { content: [text('see'), image] }))];
    const { contents, changed } = contentsOf(turns, { model: 'gemini-3-pro-preview' });
    const media = { parts: [{ inlineData: { mimeType: 'image/png', data: 'aGk=' } }] };
    expect(contents).toMatchObject([{}, { parts: [{ functionResponse: { response: { output: 'see' }, ...media } }] }]);
    expect(changed).toEqual([]);
  });

  it('says media of results behind a label to older models, and tells so', () => {
    const { contents, changed } = contentsOf([model(call('a')), user(result('a', { content: [image] }))]);
    expect(contents).toMatchObject([
      {},
      { parts: [functionResponse('a', { output: '' })] },
      { parts: [{ text: 'The image that f_a returned:' }, { inlineData: { data: 'aGk=' } }] },
    ]);
    expect(changed).toEqual(['image']);
  });

  it('loses no digit of arguments, and keeps those that are no object as text', () => {
    const { contents, changed } = contentsOf([
      model(call('a', null, '{"z":12345678901234567890,"a":1.10}'), call('b', null, ''), call('c', null, '{"cut":')),
    ]);
    const sent = JSON.stringify(contents);
    expect(sent).toContain('"args":{"z":12345678901234567890,"a":1.10}');
    expect(sent).toContain('"args":{}');
    expect(sent).toContain('"args":{"unparsed_arguments":"{\\"cut\\":"}');
    expect(changed).toEqual(['call c']);
  });

  it('gives its own signatures back where they stood, and drops those of others with their thoughts', () => {
    const { contents, dropped } = contentsOf([
      model(
        { type: 'reasoning', text: 'Mine', proof: OWN, at: 'r0' },
        { type: 'reasoning', text: 'Unsigned', proof: null, at: 'r1' },
        { type: 'reasoning', text: 'Theirs', proof: FOREIGN, at: 'r2' },
        { type: 'reasoning', text: '', proof: { ...FOREIGN, kind: 'hidden' }, at: 'r3' },
        text('Said'),
        { type: 'reasoning', text: '', proof: OWN, at: 'r4' },
        { type: 'reasoning', text: '', proof: { ...OWN, kind: 'hidden' }, at: 'r5' },
        call('a', OWN),
        call('b', FOREIGN),
      ),
    ]);
    expect(contents).toMatchObject([
      {
        parts: [
          { text: 'Mine', thought: true, thoughtSignature: 'b3du' },
          { text: 'Unsigned', thought: true },
          { text: 'Said', thoughtSignature: 'b3du' },
          { text: '', thoughtSignature: 'b3du' },
          { functionCall: { id: 'a' }, thoughtSignature: 'b3du' },
          { functionCall: { id: 'b' } },
        ],
      },
    ]);
    expect(dropped).toEqual(['r2', 'r3', 'call b.proof']);
  });

  describe('of a model that wants signatures', () => {
    const to = { model: 'gemini-3-flash-preview' };
    const signatures = (turns: readonly Turn[], known: Partial<Target> = to) => {
      const { contents, changed } = contentsOf(turns, known);
      const sent = [
        ...JSON.stringify(contents).matchAll(/"id":"(\w)","name":"f_\w","args":\{\}\}(,"thoughtSignature":"(\w+)")?/g),
      ];
      return { sent: sent.map((match) => `${match[1]} ${match[3] ?? '-'}`), changed };
    };
    const placeholder = 'skip_thought_signature_validator';

    it('gives the documented placeholder to the first call of each step of the current turn that has none', () => {
      const turns = [
        user(text('Go')),
        model(call('a'), call('b')),
        user(result('a'), result('b')),
        model(call('c', OWN), call('d')),
        user(result('c'), result('d')),
        model(call('e', FOREIGN)),
        user(result('e')),
      ];
      expect(signatures(turns)).toEqual({
        sent: [`a ${placeholder}`, 'b -', 'c b3du', 'd -', `e ${placeholder}`],
        changed: ['call e', 'call a'],
      });
    });

    it('leaves alone what stands before the last words of the user', () => {
      const turns = [
        user(text('Go')),
        model(call('a')),
        user(result('a'), text('Also')),
        model(text('Yes')),
        user(text('More')),
      ];
      expect(signatures(turns)).toEqual({ sent: ['a -'], changed: [] });
    });

    it('does so for models whose name tells no generation, and not for older ones', () => {
      const turns = [user(text('Go')), model(call('a')), user(result('a'))];
      expect(signatures(turns, { model: 'gemini-flash-latest' }).sent).toEqual([`a ${placeholder}`]);
      expect(signatures(turns, { model: 'gemini-2.5-pro' })).toEqual({ sent: ['a -'], changed: [] });
    });
  });

  it('sends media that it has, and refuses those that it would have to fetch', () => {
    const inline = { kind: 'inline', mediaType: 'application/pdf', base64: 'aGk=' } as const;
    const document = { type: 'document', context: null, wantsCitations: null, cache: null, at: 'doc' } as const;
    const { contents, dropped, changed } = contentsOf([
      user(
        { ...document, source: inline, title: 'a.pdf', wantsCitations: { value: true, at: 'doc.citations' }, cache },
        { ...document, source: { kind: 'text', text: 'Body' }, title: 'Title', at: 'text' },
        {
          type: 'image',
          source: { kind: 'file', dialect: 'gemini', id: 'files/x' },
          detail: { value: 'high', at: 'detail' },
          cache: null,
          at: 'image',
        },
        { type: 'audio', base64: 'aGk=', mediaType: 'audio/wav', at: 'audio' },
      ),
    ]);
    expect(contents).toEqual([
      {
        role: 'user',
        parts: [
          { inlineData: { mimeType: 'application/pdf', data: 'aGk=' } },
          { text: 'Title\n\nBody' },
          { fileData: { fileUri: 'files/x' } },
          { inlineData: { mimeType: 'audio/wav', data: 'aGk=' } },
        ],
      },
    ]);
    expect(dropped).toEqual(['cache', 'doc.citations', 'doc.title', 'detail']);
    expect(changed).toEqual(['text']);
    const sources = [
      { kind: 'url', url: 'https://example.com/a.png', mediaType: null },
      { kind: 'file', dialect: 'openai-chat', id: 'file-1' },
    ] as const;
    for (const source of sources) {
      const turns = [user({ type: 'image', source, detail: null, cache: null, at: 'messages[0].content[1]' })];
      expect(() => contentsOf(turns)).toThrow(
        expect.objectContaining({
          kind: 'invalid_input',
          code: 'not_convertible',
          where: 'messages[0].content[1]',
          remedy: expect.stringContaining('inline as base64'),
        }),
      );
    }
  });

  it('tells of refusals, citations and others’ own parts', () => {
    const citation = { kind: 'web', url: 'u', title: null, quote: null, span: null, native: null } as const;
    const { contents, dropped, changed } = contentsOf([
      model(
        text('Cited', { citations: [citation] }),
        { type: 'refusal', text: 'No', at: 'refusal' },
        { type: 'native', dialect: 'anthropic', kind: 'server_tool_use', value: {}, at: 'native' },
        {
          type: 'native',
          dialect: 'gemini',
          kind: 'executableCode',
          value: { executableCode: { code: '1' } },
          at: 'own',
        },
      ),
    ]);
    expect(contents).toEqual([
      { role: 'model', parts: [{ text: 'Cited' }, { text: 'No' }, { executableCode: { code: '1' } }] },
    ]);
    expect([dropped, changed]).toEqual([['Cited.citations', 'native'], ['refusal']]);
  });

  const tool: FunctionTool = {
    type: 'function',
    name: 'f',
    description: null,
    schema: null,
    strict: null,
    cache: null,
    at: 'tool',
  };

  it('declares functions, with names that it takes, and chooses among them', () => {
    const to = targetOf();
    const schema = { $schema: 'x', type: 'object', properties: { b: {}, a: {} } };
    const { body, dropped } = written(
      {
        tools: [
          {
            ...tool,
            name: 'mcp.server/look up',
            description: 'd',
            schema,
            strict: { value: true, at: 'strict' },
            cache,
          },
          tool,
        ],
        toolChoice: { value: { type: 'named', name: 'mcp.server/look up' }, at: 'choice' },
        parallelToolCalls: { value: false, at: 'parallel' },
      },
      to,
    );
    const outward = to.toolNames.outward('mcp.server/look up', 64);
    expect(outward).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(body.tools).toEqual([
      { functionDeclarations: [{ name: outward, description: 'd', parametersJsonSchema: schema }, { name: 'f' }] },
    ]);
    expect(body.toolConfig).toEqual({ functionCallingConfig: { mode: 'ANY', allowedFunctionNames: [outward] } });
    expect(dropped).toEqual(['cache', 'strict', 'parallel']);
  });

  const choices: [Conversation['toolChoice'], JsonValue][] = [
    [{ value: { type: 'auto' }, at: 'c' }, { mode: 'AUTO' }],
    [{ value: { type: 'none' }, at: 'c' }, { mode: 'NONE' }],
    [{ value: { type: 'required', names: null }, at: 'c' }, { mode: 'ANY' }],
    [
      { value: { type: 'required', names: ['f', 'g'] }, at: 'c' },
      { mode: 'ANY', allowedFunctionNames: ['f', 'g'] },
    ],
  ];
  for (const [toolChoice, expected] of choices) {
    it(`writes the choice ${toolChoice?.value.type} as ${JSON.stringify(expected)}`, () => {
      expect(written({ tools: [tool], toolChoice }).body.toolConfig).toEqual({ functionCallingConfig: expected });
    });
  }

  it('chooses nothing where there is nothing, and tells so where it matters', () => {
    const forced = written({ toolChoice: { value: { type: 'required', names: null }, at: 'choice' } });
    expect([forced.body.toolConfig, forced.dropped]).toEqual([undefined, ['choice']]);
    expect(written({ toolChoice: { value: { type: 'auto' }, at: 'choice' } }).dropped).toEqual([]);
  });

  it('searches the web for whoever did elsewhere, and refuses tools that only others run, by name', () => {
    const search = {
      type: 'provider',
      kind: 'web_search',
      dialect: 'anthropic',
      name: 'web_search_20250305',
      cache: null,
      at: 'tools[0]',
    } as const;
    const value = { type: 'web_search_20250305', name: 'web_search', max_uses: 3 };
    const { body, dropped } = written({ tools: [tool, { ...search, value }] });
    expect(body.tools).toEqual([{ functionDeclarations: [{ name: 'f' }] }, { googleSearch: {} }]);
    expect(dropped).toEqual(['tools[0].max_uses']);
    const own = { ...search, dialect: 'gemini', kind: 'other', name: 'urlContext', value: {} } as const;
    expect(written({ tools: [own] }).body.tools).toEqual([{ urlContext: {} }]);
    const other = { ...search, kind: 'other', name: 'computer_20250124', value } as const;
    expect(() => written({ tools: [other] })).toThrow(
      /^tools\[0\]: the tool computer_20250124 is run by another provider/,
    );
  });

  it('writes settings, clamped where Gemini takes less', () => {
    const stops = ['a', 'b', 'c', 'd', 'e', 'f'];
    const { body, dropped, changed } = written(
      {
        maxOutputTokens: { value: 90_000, at: 'max' },
        temperature: { value: 1.5, at: 't' },
        topP: { value: 0.5, at: 'p' },
        topK: { value: 5, at: 'k' },
        seed: { value: 4_294_967_296, at: 'seed' },
        frequencyPenalty: { value: 1, at: 'f' },
        presencePenalty: { value: -1, at: 'pp' },
        stopSequences: { value: stops, at: 'stops' },
        outputFormat: {
          value: { type: 'json_schema', name: 'n', description: 'd', schema: { type: 'object' }, strict: true },
          at: 'format',
        },
        serviceTier: { value: 'flex', at: 'tier' },
        endUser: { value: 'ada', at: 'user' },
        verbosity: { value: 'low', at: 'verbosity' },
        promptCacheKey: { value: 'x', at: 'key' },
      },
      { maxOutputTokens: 65_536 },
    );
    expect(body).toMatchObject({
      generationConfig: {
        maxOutputTokens: 65_536,
        temperature: 1.5,
        topP: 0.5,
        topK: 5,
        seed: 2,
        frequencyPenalty: 1,
        presencePenalty: -1,
        stopSequences: stops.slice(0, 5),
        responseMimeType: 'application/json',
        responseJsonSchema: { type: 'object', description: 'd' },
      },
      serviceTier: 'flex',
    });
    expect(changed).toEqual(['max', 'seed', 'stops']);
    expect(dropped).toEqual(['user', 'verbosity', 'key']);
    expect(written({ serviceTier: { value: 'auto', at: 'tier' } }).body).not.toHaveProperty('serviceTier');
    expect(written({ outputFormat: { value: { type: 'json' }, at: 'format' } }).body.generationConfig).toEqual({
      responseMimeType: 'application/json',
    });
  });

  type Thinking = [name: string, Partial<Reasoning>, JsonValue | undefined, told: string];
  const thinking: Thinking[] = [
    ['gemini-2.5-flash', { mode: 'off' }, { thinkingBudget: 0 }, ''],
    ['gemini-2.5-flash', { effort: 'none' }, { thinkingBudget: 0 }, ''],
    ['gemini-2.5-pro', { mode: 'off' }, { thinkingBudget: 128 }, 'changed'],
    ['gemini-2.5-flash', { budgetTokens: 5_000 }, { thinkingBudget: 5_000 }, ''],
    ['gemini-2.5-flash', { budgetTokens: 50_000 }, { thinkingBudget: 6_000 }, 'changed'],
    ['gemini-2.5-flash-lite', { budgetTokens: 100 }, { thinkingBudget: 512 }, 'changed'],
    ['gemini-2.5-flash', { effort: 'low' }, { thinkingBudget: 2_048 }, 'changed'],
    ['gemini-2.5-flash', { effort: 'max' }, { thinkingBudget: 6_000 }, 'changed'],
    ['gemini-2.5-flash', { mode: 'adaptive' }, { thinkingBudget: -1 }, ''],
    ['gemini-2.5-flash', { mode: 'adaptive', effort: 'high' }, { thinkingBudget: -1 }, 'changed'],
    [
      'gemini-2.5-flash',
      { display: 'omitted', budgetTokens: 5_000 },
      { thinkingBudget: 5_000, includeThoughts: false },
      '',
    ],
    [
      'gemini-2.5-flash',
      { display: 'full', budgetTokens: 5_000 },
      { thinkingBudget: 5_000, includeThoughts: true },
      'changed',
    ],
    ['gemini-2.0-flash', { budgetTokens: 5_000 }, undefined, 'dropped'],
    ['gemini-1.5-pro', { mode: 'off' }, undefined, ''],
    ['gemini-3-flash-preview', { mode: 'off' }, { thinkingLevel: 'MINIMAL' }, 'changed'],
    ['gemini-3-flash-preview', { effort: 'medium' }, { thinkingLevel: 'MEDIUM' }, ''],
    ['gemini-3-flash-preview', { effort: 'xhigh' }, { thinkingLevel: 'HIGH' }, 'changed'],
    ['gemini-3-flash-preview', { budgetTokens: 2_000 }, { thinkingLevel: 'LOW' }, 'changed'],
    ['gemini-3-flash-preview', { mode: 'adaptive', display: 'summarized' }, { includeThoughts: true }, ''],
    ['gemini-3-pro-preview', { effort: 'medium' }, { thinkingLevel: 'LOW' }, 'changed'],
    ['gemini-3.1-pro-preview', { effort: 'medium' }, { thinkingLevel: 'MEDIUM' }, ''],
    ['gemini-3-pro-preview', { mode: 'off' }, { thinkingLevel: 'LOW' }, 'changed'],
    ['gemini-pro-latest', { effort: 'high' }, { thinkingLevel: 'HIGH' }, ''],
  ];
  for (const [name, known, expected, told] of thinking) {
    it(`tells ${name} to think ${JSON.stringify(known)} as ${JSON.stringify(expected)}`, () => {
      const losses = createLosses();
      const value: Reasoning = { mode: 'on', budgetTokens: null, effort: null, display: null, ...known };
      const conversation = conversationOf('openai-responses', {
        reasoning: { value, at: 'reasoning' },
        maxOutputTokens: { value: 8_000, at: 'max' },
      });
      const { generationConfig } = writeRequest(conversation, targetOf({ model: name }), losses);
      expect(generationConfig).toEqual({
        maxOutputTokens: 8_000,
        ...(expected === undefined ? {} : { thinkingConfig: expected }),
      });
      expect(losses.report()).toEqual({
        dropped: told === 'dropped' ? ['reasoning'] : [],
        changed: told === 'changed' ? ['reasoning'] : [],
      });
    });
  }

  it('shows thoughts to who asked the Messages API to think, and holds to the bound of the target', () => {
    const value: Reasoning = { mode: 'on', budgetTokens: 5_000, effort: null, display: null };
    const { body } = written({ reasoning: { value, at: 'thinking' } }, { maxReasoningTokens: 1_000 });
    expect(body.generationConfig).toEqual({ thinkingConfig: { thinkingBudget: 1_000, includeThoughts: true } });
  });
});
