import type { JsonObject, JsonValue } from '#foundation/json';
import type { Decision } from '#governance/policy/decision';
import { type Answer, ERROR_CODES, errorAnswer } from '../json-rpc.ts';
import type { MethodRow } from '../methods.ts';

/** What a client is told of a call that was not allowed. */
export type Denial = {
  readonly decision: 'deny' | 'ask';
  readonly policy: string;
  readonly reason: string;
  readonly request_id: string;
};

export function denialOf(decision: Decision, requestId: string): Denial {
  const { outcome, policy, reason } = decision;
  if (outcome !== 'ask') return { decision: 'deny', policy, reason, request_id: requestId };
  // Nobody can be asked over this protocol, so what would need a person's word does not happen.
  const asked = `${reason}; a person would have to approve this, which cannot happen here`;
  return { decision: 'ask', policy, reason: asked, request_id: requestId };
}

/** A denied `tools/call` is a result that the model reads; any other method gets a JSON-RPC error. */
export function denialAnswer({ method }: MethodRow, denial: Denial, intro: string): Answer {
  // Most reasons begin with the check's own name, and one naming is enough.
  const { policy, reason } = denial;
  const text = reason.startsWith(`${policy} `) ? `${intro}: ${reason}` : `${intro} by ${policy}: ${reason}`;
  if (method !== 'tools/call') return errorAnswer(ERROR_CODES.denied, text, { ...denial });
  return { result: { content: [{ type: 'text', text }], structuredContent: { ...denial }, isError: true } };
}

/** JSON Schema of the `structuredContent` of a denied call. */
const DENIAL_SCHEMA: JsonObject = {
  type: 'object',
  title: 'A call that was not allowed',
  properties: {
    decision: { enum: ['deny', 'ask'] },
    policy: { type: 'string' },
    reason: { type: 'string' },
    request_id: { type: 'string' },
  },
  required: ['decision', 'policy', 'reason', 'request_id'],
  additionalProperties: false,
};

/**
 * The output schema of a tool, widened by what a denial holds: structured results must conform to the schema that was
 * listed (MCP 2025-11-25, tools), and clients of SDK 1.x check that of errors as well. Undefined, which leaves the
 * schema out of the list, when it refers to itself in a way that would not survive being moved.
 */
export function admitDenial(schema: JsonObject): JsonObject | undefined {
  if (hasRootReference(schema)) return undefined;
  const { $schema, $defs, definitions, $id: _id, ...own } = schema;
  return {
    ...($schema === undefined ? {} : { $schema }),
    type: 'object',
    anyOf: [own, DENIAL_SCHEMA],
    ...($defs === undefined ? {} : { $defs }),
    ...(definitions === undefined ? {} : { definitions }),
  };
}

function hasRootReference(value: JsonValue | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false;
  for (const [key, member] of Object.entries(value)) {
    if (/^\$(ref|dynamicRef|recursiveRef)$/.test(key) && !/^#\/(\$defs|definitions)\//.test(String(member)))
      return true;
    if (hasRootReference(member)) return true;
  }
  return false;
}
