import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#foundation/json';
import { outline } from './outline.ts';

const address = { model: null, isStreaming: false };
const of = (body: JsonObject) => outline({ model: 'gpt-5', ...body }, address);

describe('the outline of a Responses request', () => {
  it('names the model, the stream, the limit and the user', () => {
    const body = { stream: true, max_output_tokens: 9, safety_identifier: 's', user: 'u', input: 'Hello' };
    expect(of(body)).toEqual({
      model: 'gpt-5',
      isStreaming: true,
      turns: [{ role: 'user', path: ['input'], content: 'Hello' }],
      maxOutputTokensPath: ['max_output_tokens'],
      endUser: 's',
    });
    expect(of({ user: 'u' }).endUser).toBe('u');
    expect(of({ metadata: { user_id: 'm' } }).endUser).toBe('m');
    expect(of({}).endUser).toBeNull();
  });

  it('has everything that is said, by whom, at its place', () => {
    const call = { type: 'function_call', call_id: 'c', name: 'n', arguments: '{}' };
    const result = { type: 'function_call_output', call_id: 'c', output: 'secret' };
    const { turns } = of({
      instructions: 'Be short.',
      prompt: { id: 'pmpt_1', variables: { city: 'Oslo' } },
      input: [
        { role: 'developer', content: 'Be kind.' },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
        { type: 'reasoning', id: 'rs_1', summary: [] },
        { role: 'assistant', content: 'I look.' },
        call,
        result,
        { type: 'custom_tool_call_output', call_id: 'd', output: 'x' },
        { type: 'mcp_approval_response', approve: true },
        { type: 'mcp_call', arguments: '{}' },
        { type: 'something_new', text: 'x' },
      ],
    });
    expect(turns.map(({ role, path }) => `${role} ${path.join('.')}`)).toEqual([
      'system instructions',
      'user prompt.variables',
      'system input.0.content',
      'user input.1.content',
      'assistant input.2',
      'assistant input.3.content',
      'assistant input.4',
      'user input.5',
      'user input.6',
      'user input.7',
      'assistant input.8',
      'user input.9',
    ]);
    expect(turns[6]?.content).toBe(call);
    expect(turns[7]?.content).toBe(result);
  });

  it('takes what OpenAI itself would answer, also where nobody else could', () => {
    expect(of({ previous_response_id: 'resp_1' }).turns).toEqual([]);
    expect(of({ conversation: 'conv_1', input: [{ type: 'item_reference', id: 'msg_1' }] }).turns).toHaveLength(1);
  });

  it.each([[{ model: '' }], [{ input: 7 }], [{ input: ['x'] }]])('refuses what is none: %j', (body) => {
    expect(() => of(body)).toThrow(expect.objectContaining({ kind: 'invalid_input', code: 'message_request' }));
  });
});
