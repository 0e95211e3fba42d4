import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonPrecisely } from '#foundation/json';
import { outline } from './outline.ts';
import { readRequest } from './read-request.ts';

const address = { model: 'gemini-2.5-pro', isStreaming: false };
const hello = [{ role: 'user', parts: [{ text: 'Hello' }] }];

function read(body: JsonObject) {
  return readRequest({ contents: hello, ...body }, address);
}

function partsOf(...contents: JsonValue[]) {
  return readRequest({ contents }, address).turns.map(({ role, parts }) => ({ role, parts }));
}

function call(name: string, args: JsonObject = {}, id?: string): JsonObject {
  return { functionCall: { name, args, ...(id === undefined ? {} : { id }) } };
}

function response(name: string, output: string, id?: string): JsonObject {
  return { functionResponse: { name, response: { output }, ...(id === undefined ? {} : { id }) } };
}

describe('a request of generateContent', () => {
  it('takes model and streaming from the path', () => {
    const { model, isStreaming } = readRequest(
      { contents: hello, model: 'models/other' },
      { ...address, isStreaming: true },
    );
    expect([model, isStreaming]).toEqual(['gemini-2.5-pro', true]);
    expect(readRequest({ contents: hello, model: 'models/other' }, { model: null, isStreaming: false }).model).toBe(
      'other',
    );
  });

  it('keeps the blocks of the system, and tells of a block that is no text', () => {
    const { system, beyond } = read({
      system_instruction: {
        parts: [{ text: 'One' }, { inlineData: { mimeType: 'image/png', data: 'aGk=' } }, { text: 'Two' }],
      },
    });
    expect(system.map((part) => [part.text, part.at])).toEqual([
      ['One', 'system_instruction.parts[0]'],
      ['Two', 'system_instruction.parts[2]'],
    ]);
    expect(beyond).toEqual(['system_instruction.parts[1]']);
    expect(read({ systemInstruction: 'Whole' }).system[0]?.text).toBe('Whole');
  });

  it('pairs results with calls by name in their order where there are no ids', () => {
    const turns = partsOf(
      { role: 'model', parts: [call('f', { n: 1 }), call('g'), call('f', { n: 2 })] },
      { role: 'function', parts: [response('f', 'first'), response('f', 'second'), response('g', 'other')] },
    );
    const ids = turns[0]?.parts.map((part) => (part.type === 'tool_call' ? part.id : ''));
    const answered = turns[1]?.parts.map((part) => (part.type === 'tool_result' ? part.callId : ''));
    expect(new Set(ids).size).toBe(3);
    expect(answered).toEqual([ids?.[0], ids?.[2], ids?.[1]]);
    for (const id of ids ?? []) expect(id).toMatch(/^[A-Za-z0-9_-]{1,40}$/);
  });

  it('makes the same ids of the same history again', () => {
    const history = [
      { role: 'model', parts: [call('f')] },
      { role: 'user', parts: [response('f', 'x')] },
    ];
    expect(partsOf(...history)).toEqual(partsOf(...history, { role: 'model', parts: [{ text: 'ok' }] }).slice(0, 2));
  });

  it('pairs by id what has one, and gives a result without an id the one of its call', () => {
    const turns = partsOf(
      { role: 'model', parts: [call('f', {}, 'a'), call('f', {}, 'b')] },
      { role: 'user', parts: [response('f', 'of b', 'b'), response('f', 'of a')] },
    );
    expect(turns[1]?.parts).toMatchObject([{ callId: 'b' }, { callId: 'a' }]);
  });

  it('makes one turn of results that a client spread over several contents, results first', () => {
    const turns = partsOf(
      { role: 'model', parts: [call('f')] },
      { role: 'model', parts: [call('g')] },
      { role: 'user', parts: [{ text: 'Look:' }, response('f', 'x')] },
      { role: 'user', parts: [response('g', 'y')] },
      { role: 'user', parts: [{ text: 'Go on' }] },
    );
    expect(turns.map((turn) => turn.parts.map((part) => part.type))).toEqual([
      ['tool_call', 'tool_call'],
      ['tool_result', 'tool_result', 'text', 'text'],
    ]);
  });

  it('puts together what a client kept as one content for each chunk of a stream', () => {
    const [turn] = partsOf(
      { role: 'model', parts: [{ text: 'Hm, ', thought: true }] },
      { role: 'model', parts: [{ text: 'well.', thought: true }] },
      { role: 'model', parts: [{ text: 'Good ' }] },
      { role: 'model', parts: [{ text: 'day.' }] },
      { role: 'model', parts: [{ text: '' }] },
    );
    expect(turn?.parts).toMatchObject([
      { type: 'reasoning', text: 'Hm, well.' },
      { type: 'text', text: 'Good day.' },
    ]);
  });

  const responses: [string, JsonValue, unknown][] = [
    ['output alone', { output: 'text' }, { content: [{ text: 'text' }], isError: false }],
    ['an error alone', { error: 'broken' }, { content: [{ text: 'broken' }], isError: true }],
    ['an error that is an object', { error: { code: 5 } }, { content: [{ text: '{"code":5}' }], isError: true }],
    ['any other object', { result: 5, unit: 'm' }, { content: [{ text: '{"result":5,"unit":"m"}' }], isError: false }],
    [
      'output beside more',
      { output: 'a', more: 1 },
      { content: [{ text: '{"output":"a","more":1}' }], isError: false },
    ],
    ['several texts', { output: ['a', 'b'] }, { content: [{ text: 'a' }, { text: 'b' }], isError: false }],
    ['nothing', { output: '' }, { content: [], isError: false }],
  ];
  for (const [what, value, expected] of responses) {
    it(`reads ${what} in a response`, () => {
      const turns = partsOf(
        { role: 'model', parts: [call('f')] },
        { role: 'user', parts: [{ functionResponse: { name: 'f', response: value } }] },
      );
      expect(turns[1]?.parts[0]).toMatchObject(expected as object);
    });
  }

  it('reads media in a response', () => {
    const [, turn] = partsOf(
      { role: 'model', parts: [call('f')] },
      {
        role: 'user',
        parts: [
          {
            functionResponse: {
              name: 'f',
              response: { output: 'see' },
              parts: [{ inline_data: { mime_type: 'image/png', data: 'aGk=' } }],
            },
          },
        ],
      },
    );
    expect(turn?.parts[0]).toMatchObject({
      content: [{ text: 'see' }, { type: 'image', source: { mediaType: 'image/png' } }],
    });
  });

  it('loses no digit of arguments, and keeps their keys in order', () => {
    const args = '{"zeta":12345678901234567890,"alpha":1.10}';
    const parsed = parseJsonPrecisely(
      `{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f","args":${args}}}]}]}`,
    );
    if (!isJsonObject(parsed)) throw new Error('no object');
    expect(readRequest(parsed, address).turns[0]?.parts[0]).toMatchObject({ argumentsText: args });
  });

  it('keeps signatures on thoughts, calls, texts and parts without text', () => {
    const [turn] = partsOf({
      role: 'model',
      parts: [
        { text: 'Hm', thought: true, thoughtSignature: 'c2lnMQ==' },
        { text: 'Said', thoughtSignature: 'c2lnMg==' },
        { text: '', thoughtSignature: 'c2lnMw==' },
        { functionCall: { name: 'f' }, thought_signature: 'c2lnNA==' },
        { functionCall: { name: 'g' }, thoughtSignature: 'skip_thought_signature_validator' },
      ],
    });
    const own = (kind: string, value: string) => ({ dialect: 'gemini', kind, value, id: null });
    expect(turn?.parts).toMatchObject([
      { type: 'reasoning', text: 'Hm', proof: own('signature', 'c2lnMQ==') },
      { type: 'text', text: 'Said' },
      { type: 'reasoning', text: '', proof: own('signature', 'c2lnMg==') },
      { type: 'reasoning', text: '', proof: own('hidden', 'c2lnMw==') },
      { type: 'tool_call', argumentsText: '{}', proof: own('signature', 'c2lnNA==') },
      { type: 'tool_call', proof: null },
    ]);
  });

  const media: [string, JsonObject, unknown][] = [
    [
      'an image',
      { inlineData: { mimeType: 'IMAGE/PNG', data: 'aGk=' } },
      { type: 'image', source: { kind: 'inline', mediaType: 'image/png', base64: 'aGk=' } },
    ],
    ['a PDF', { inline_data: { mime_type: 'application/pdf', data: 'aGk=' } }, { type: 'document', title: null }],
    ['audio', { inlineData: { mimeType: 'audio/wav', data: 'aGk=' } }, { type: 'audio', mediaType: 'audio/wav' }],
    [
      'a video',
      { inlineData: { mimeType: 'video/mp4', data: 'aGk=' } },
      { type: 'native', dialect: 'gemini', kind: 'inlineData' },
    ],
    [
      'a file of the Files API',
      { fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/x', mimeType: 'image/png' } },
      { type: 'image', source: { kind: 'file', dialect: 'gemini' } },
    ],
    [
      'a file of Cloud Storage',
      { fileData: { fileUri: 'gs://b/x.pdf', mimeType: 'application/pdf' } },
      { type: 'document', source: { kind: 'file' } },
    ],
    [
      'an address',
      { file_data: { file_uri: 'https://example.com/x.png', mime_type: 'image/png' } },
      { type: 'image', source: { kind: 'url', url: 'https://example.com/x.png' } },
    ],
    [
      'code that Google ran',
      { executableCode: { language: 'PYTHON', code: '1' } },
      { type: 'native', kind: 'executableCode' },
    ],
  ];
  for (const [what, part, expected] of media) {
    it(`reads ${what}`, () => {
      expect(partsOf({ parts: [part] })[0]?.parts[0]).toMatchObject(expected as object);
    });
  }

  it('reads tools of both forms, with types of OpenAPI as JSON Schema', () => {
    const { tools, beyond } = read({
      tools: [
        {
          function_declarations: [
            { name: 'json', description: 'd', parameters_json_schema: { type: 'object', additionalProperties: false } },
            {
              name: 'open',
              parameters: {
                type: 'OBJECT',
                property_ordering: ['b', 'a'],
                properties: {
                  a: { type: 'ARRAY', items: { type: 'INTEGER', format: 'int32' }, min_items: '2' },
                  b: { type: 'STRING', nullable: true, enum: ['x'] },
                  c: { any_of: [{ type: 'NUMBER' }, { type: 'BOOLEAN' }] },
                },
                required: ['b'],
              },
              response: { type: 'OBJECT' },
            },
            { name: 'bare' },
          ],
        },
        { googleSearch: { excludeDomains: ['x.com'] } },
        { codeExecution: {}, urlContext: {} },
      ],
    });
    expect(tools).toMatchObject([
      { type: 'function', name: 'json', schema: { type: 'object', additionalProperties: false } },
      {
        name: 'open',
        schema: {
          type: 'object',
          properties: {
            b: { type: ['string', 'null'], enum: ['x', null] },
            a: { type: 'array', items: { type: 'integer', format: 'int32' }, minItems: 2 },
            c: { anyOf: [{ type: 'number' }, { type: 'boolean' }] },
          },
          required: ['b'],
        },
      },
      { name: 'bare', schema: null },
      { type: 'provider', kind: 'web_search', name: 'googleSearch', value: { excludeDomains: ['x.com'] } },
      { type: 'provider', kind: 'other', name: 'codeExecution' },
      { type: 'provider', kind: 'other', name: 'urlContext', at: 'tools[2].urlContext' },
    ]);
    const [, open] = tools;
    expect(JSON.stringify(open?.type === 'function' ? open.schema : null)).toMatch(/"properties":\{"b".*"a".*"c"/);
    expect(beyond).toEqual(['tools[0].function_declarations[1].response']);
  });

  it('takes a schema that is JSON Schema already as it is', () => {
    const parameters = { type: 'object', properties: { min_items: { type: 'integer' } } };
    const [tool] = read({ tools: [{ functionDeclarations: [{ name: 'f', parameters }] }] }).tools;
    expect(tool?.type === 'function' ? tool.schema : null).toBe(parameters);
  });

  const choices: [JsonObject, unknown, string[]][] = [
    [{ mode: 'AUTO' }, { type: 'auto' }, []],
    [{ mode: 'NONE' }, { type: 'none' }, []],
    [{ mode: 'ANY' }, { type: 'required', names: null }, []],
    [{ mode: 'ANY', allowedFunctionNames: ['f'] }, { type: 'named', name: 'f' }, []],
    [{ mode: 'ANY', allowed_function_names: ['f', 'g'] }, { type: 'required', names: ['f', 'g'] }, []],
    [{ mode: 'VALIDATED' }, { type: 'auto' }, ['toolConfig.functionCallingConfig.mode']],
    [
      { mode: 'AUTO', allowedFunctionNames: ['f'] },
      { type: 'auto' },
      ['toolConfig.functionCallingConfig.allowedFunctionNames'],
    ],
    [{}, undefined, []],
  ];
  for (const [functionCallingConfig, expected, told] of choices) {
    it(`reads the choice of tools ${JSON.stringify(functionCallingConfig)}`, () => {
      const { toolChoice, beyond } = read({ toolConfig: { functionCallingConfig } });
      expect([toolChoice?.value, beyond]).toEqual([expected, told]);
    });
  }

  const thinking: [JsonObject, unknown][] = [
    [{ thinkingBudget: 0 }, { mode: 'off', budgetTokens: null, effort: null, display: null }],
    [{ thinkingBudget: -1 }, { mode: 'adaptive', budgetTokens: null, effort: null, display: null }],
    [
      { thinking_budget: 2000, include_thoughts: true },
      { mode: 'on', budgetTokens: 2000, effort: null, display: 'summarized' },
    ],
    [
      { thinkingLevel: 'HIGH', includeThoughts: false },
      { mode: 'on', budgetTokens: null, effort: 'high', display: 'omitted' },
    ],
    [{ thinkingLevel: 'minimal' }, { mode: 'on', budgetTokens: null, effort: 'minimal', display: null }],
    [{ includeThoughts: true }, { mode: 'adaptive', budgetTokens: null, effort: null, display: 'summarized' }],
    [{ includeThoughts: false }, undefined],
    [{}, undefined],
  ];
  for (const [thinkingConfig, expected] of thinking) {
    it(`reads the thinking ${JSON.stringify(thinkingConfig)}`, () => {
      expect(read({ generationConfig: { thinkingConfig } }).reasoning?.value).toEqual(expected);
    });
  }

  const formats: [JsonObject, unknown, string[]][] = [
    [{ responseMimeType: 'application/json' }, { type: 'json' }, []],
    [
      { responseMimeType: 'application/json', responseJsonSchema: { type: 'object' } },
      { type: 'json_schema', schema: { type: 'object' } },
      [],
    ],
    [{ responseSchema: { type: 'OBJECT' } }, { type: 'json_schema', schema: { type: 'object' } }, []],
    [{ responseMimeType: 'text/plain' }, undefined, []],
    [{ responseMimeType: 'text/x.enum' }, undefined, ['generationConfig.responseMimeType']],
  ];
  for (const [generationConfig, expected, told] of formats) {
    it(`reads the format ${JSON.stringify(generationConfig)}`, () => {
      const { outputFormat, beyond } = read({ generationConfig });
      if (expected === undefined) expect(outputFormat).toBeNull();
      else expect(outputFormat?.value).toMatchObject(expected as object);
      expect(beyond).toEqual(told);
    });
  }

  it('tells of everything that no other dialect has, by the names that the client used', () => {
    const { beyond, serviceTier } = read({
      safety_settings: [{ category: 'X' }],
      labels: { team: 'a' },
      serviceTier: 'flex',
      brandNew: true,
      nothing: null,
      generation_config: { response_modalities: ['TEXT', 'IMAGE'], speechConfig: {}, logprobs: 3, candidateCount: 1 },
      contents: [{ role: 'user', parts: [{ text: 'Hi', partMetadata: { a: 1 } }], extra: 1 }],
    });
    expect(serviceTier).toEqual({ value: 'flex', at: 'serviceTier' });
    expect(beyond.toSorted()).toEqual([
      'brandNew',
      'contents[0].extra',
      'contents[0].parts[0].partMetadata',
      'generation_config.logprobs',
      'generation_config.response_modalities',
      'generation_config.speechConfig',
      'labels',
      'safety_settings',
    ]);
    expect(read({ generationConfig: { responseModalities: ['TEXT'] } }).beyond).toEqual([]);
  });

  const refused: [string, JsonObject, string, string][] = [
    ['contents that are no list', { contents: {} }, 'message_request', 'contents: '],
    ['no contents', { contents: [] }, 'message_request', 'contents: '],
    ['a content that is no object', { contents: ['Hi'] }, 'message_request', 'contents[0]: '],
    ['an unknown role', { contents: [{ role: 'assistant', parts: [] }] }, 'message_request', 'contents[0].role: '],
    ['parts that are no list', { contents: [{ parts: 'Hi' }] }, 'message_request', 'contents[0].parts: '],
    ['an empty part', { contents: [{ parts: [{}] }] }, 'message_request', 'contents[0].parts[0]: '],
    ['a text that is none', { contents: [{ parts: [{ text: 5 }] }] }, 'message_request', 'contents[0].parts[0].text: '],
    [
      'a call without a name',
      { contents: [{ role: 'model', parts: [{ function_call: {} }] }] },
      'message_request',
      'contents[0].parts[0].function_call.name: ',
    ],
    [
      'arguments that are no object',
      { contents: [{ role: 'model', parts: [{ functionCall: { name: 'f', args: [] } }] }] },
      'message_request',
      'contents[0].parts[0].functionCall.args: ',
    ],
    [
      'a result that answers nothing',
      { contents: [{ parts: [response('f', 'x')] }] },
      'message_request',
      'contents[0].parts[0]: answers no functionCall',
    ],
    [
      'data without a type',
      { contents: [{ parts: [{ inlineData: { data: 'aGk=' } }] }] },
      'message_request',
      'contents[0].parts[0].inlineData.mimeType: ',
    ],
    [
      'a tool without a name',
      { tools: [{ functionDeclarations: [{}] }] },
      'message_request',
      'tools[0].functionDeclarations[0].name: ',
    ],
    ['a number that is none', { generationConfig: { top_k: 'x' } }, 'message_request', 'generationConfig.top_k: '],
    [
      'an unknown mode',
      { toolConfig: { functionCallingConfig: { mode: 'SOME' } } },
      'message_request',
      'toolConfig.functionCallingConfig.mode: ',
    ],
    [
      'more than one candidate',
      { generationConfig: { candidateCount: 2 } },
      'not_convertible',
      'generationConfig.candidateCount: ',
    ],
    ['cached content', { cached_content: 'cachedContents/x' }, 'not_convertible', 'cached_content: '],
  ];
  for (const [what, body, code, message] of refused) {
    it(`refuses ${what}, and says where`, () => {
      expect(() => read(body)).toThrow(
        expect.objectContaining({
          kind: 'invalid_input',
          code,
          remedy: expect.any(String),
          message: expect.stringContaining(message),
        }),
      );
    });
  }
});

describe('the outline of a request of generateContent', () => {
  it('names places as the client wrote them', () => {
    const body = {
      system_instruction: { parts: [{ text: 'Be short' }] },
      contents: [
        { parts: [{ text: 'Hi' }] },
        { role: 'model', parts: [{ text: 'Yes' }] },
        { role: 'function', parts: [] },
      ],
      generation_config: { max_output_tokens: 5 },
    };
    expect(outline(body, { model: 'models/gemini-2.5-pro', isStreaming: true })).toEqual({
      model: 'gemini-2.5-pro',
      isStreaming: true,
      turns: [
        { role: 'system', path: ['system_instruction'], content: body.system_instruction },
        { role: 'user', path: ['contents', 0, 'parts'], content: [{ text: 'Hi' }] },
        { role: 'assistant', path: ['contents', 1, 'parts'], content: [{ text: 'Yes' }] },
        { role: 'user', path: ['contents', 2, 'parts'], content: [] },
      ],
      maxOutputTokensPath: ['generation_config', 'max_output_tokens'],
      endUser: null,
    });
    expect(outline({ contents: hello }, address).maxOutputTokensPath).toBeNull();
    expect(() => outline({ contents: hello }, { model: null, isStreaming: false })).toThrow(/model: /);
    expect(() => outline({ contents: hello }, { model: 'a\nb', isStreaming: false })).toThrow(/model: /);
  });
});
