import { describe, expect, it } from 'vitest';
import { OperatingError } from '#foundation/errors';
import { modelRequestOf } from '#tests/support/model-requests';
import { judgedContent } from './model-request.ts';

function judged(body: Record<string, unknown>) {
  const { content, history } = judgedContent(modelRequestOf({ model: 'm', ...body }));
  const paths = (parts: readonly { path: readonly unknown[] }[]) => parts.map((part) => part.path.join('.'));
  return { content: paths(content), history: paths(history) };
}

function messageOf(text: string): string {
  try {
    modelRequestOf(text);
  } catch (error) {
    if (error instanceof OperatingError) return error.message;
    throw error;
  }
  return 'accepted';
}

const user = (text: string) => ({ role: 'user', content: text });
const assistant = (text: string) => ({ role: 'assistant', content: text });

describe('what is judged of a model request', () => {
  it('is the system prompt and the newest user turn', () => {
    const messages = [user('old'), assistant('answer'), user('new')];
    expect(judged({ system: 'rules', messages })).toEqual({
      content: ['system', 'messages.2.content'],
      history: ['messages.0.content', 'messages.1.content'],
    });
  });

  it('is every turn since the model last spoke', () => {
    const messages = [user('old'), assistant('answer'), user('one'), { role: 'system', content: 'two' }, user('three')];
    expect(judged({ messages }).content).toEqual(['messages.2.content', 'messages.3.content', 'messages.4.content']);
  });

  it('includes a prefill, which the client wrote in the name of the model', () => {
    expect(judged({ messages: [user('old'), assistant('a'), user('new'), assistant('prefill')] }).content).toEqual([
      'messages.2.content',
      'messages.3.content',
    ]);
    expect(judged({ messages: [assistant('only')] })).toEqual({ content: ['messages.0.content'], history: [] });
  });
});

describe('a model request', () => {
  it('is refused with the field at fault', () => {
    expect(messageOf('')).toBe('the body is empty');
    expect(messageOf('[]')).toBe('the body is not a JSON object');
    expect(messageOf('{"messages":[{}]}')).toBe('model: a non-empty string is required');
    expect(messageOf('{"model":"a\\u0000b","messages":[{}]}')).toContain('printable characters');
    expect(messageOf('{"model":"m","messages":{}}')).toBe('messages: a non-empty array is required');
    expect(messageOf('{"model":"m","messages":[{},"text"]}')).toBe('messages[1]: an object is required');
    expect(messageOf('{"model":"m","model":"n","messages":[{}]}')).toContain('twice');
  });

  it('may carry fields that nobody here knows', () => {
    expect(
      messageOf('{"model":"m","messages":[{"role":"user","content":"x","novel":1}],"speed":"fast","x":[1e400]}'),
    ).toBe('accepted');
  });
});
