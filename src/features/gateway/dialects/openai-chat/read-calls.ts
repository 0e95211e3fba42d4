import type { ToolCallPart } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';
import { readCallProof } from './call-proofs.ts';
import { argumentsOfInput } from './freeform.ts';
import { invalidRequest, memberAt, noteBeyond, objectAt, type Place, requiredName } from './request-place.ts';

const CALL_MEMBERS = new Set(['id', 'type', 'index', 'function', 'custom', 'extra_content']);

/** A call in the history: of a function with JSON, or of a custom tool with text. */
export function readCall(call: JsonObject, place: Place): ToolCallPart {
  noteBeyond(call, CALL_MEMBERS, place);
  const { at } = place;
  const custom = objectAt(call, 'custom', at);
  const called = custom ?? objectAt(call, 'function', at);
  const calledAt = memberAt(at, custom === undefined ? 'function' : 'custom');
  if (called === undefined) throw invalidRequest(calledAt, 'an object is required', 'send {name, arguments}');
  return {
    type: 'tool_call',
    id: requiredName(call, 'id', at),
    name: requiredName(called, 'name', calledAt),
    argumentsText: calledWith(call),
    proof: readCallProof(call),
    cache: null,
    at,
  };
}

/** The arguments of a call as JSON text; `{}` for none, and for an object, which some send, what it prints as. */
export function calledWith(call: JsonObject): string {
  if (isJsonObject(call.custom)) return argumentsOfInput(textOf(call.custom.input));
  const text = isJsonObject(call.function) ? textOf(call.function.arguments) : '';
  return text.trim() === '' ? '{}' : text;
}

function textOf(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
