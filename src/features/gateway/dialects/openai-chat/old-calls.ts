import type { ToolCallPart } from '#features/gateway/conversation/part';
import { type JsonObject, stringMember } from '#foundation/json';
import { requiredName } from './request-place.ts';

/** Calls in the form before `tool_calls`, which had no ids: a result names the function that was called last. */
export type OldCalls = {
  call(call: JsonObject, at: string): ToolCallPart;
  /** The id of the call that the result of `name` answers. */
  result(name: string): string;
};

export function createOldCalls(): OldCalls {
  const ids = new Map<string, string>();
  let calls = 0;
  return {
    call(call, at) {
      const name = requiredName(call, 'name', at);
      const id = `function_call_${calls++}`;
      ids.set(name, id);
      const text = stringMember(call, 'arguments') ?? '';
      const argumentsText = text.trim() === '' ? '{}' : text;
      return { type: 'tool_call', id, name, argumentsText, proof: null, cache: null, at };
    },
    result: (name) => ids.get(name) ?? `function_call_of_${name}`,
  };
}
