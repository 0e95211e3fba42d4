import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonText, stringMember } from '#foundation/json';
import type { MockDirectives } from './mock-directives.ts';

/** A message of the mock: the same request always gets the same one. */
export type MockMessage = {
  readonly id: string;
  readonly type: 'message';
  readonly role: 'assistant';
  readonly model: string;
  readonly content: readonly MockBlock[];
  readonly stop_reason: 'end_turn' | 'tool_use' | 'max_tokens';
  readonly stop_sequence: null;
  readonly usage: MockUsage;
};

export type MockBlock =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: JsonObject };

export type MockUsage = {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly service_tier: 'standard';
};

const ECHO_CHARACTERS_MAX = 400;
const CHARACTERS_PER_TOKEN = 4;

/**
 * Answers the newest turn: a tool's result by repeating it, a wish for a tool by using it, anything else by an echo.
 * A wish reads `use tool NAME`, or `use a tool` for the first one; `with {...}` behind it gives the arguments.
 */
export function mockMessage(body: JsonObject, directives: MockDirectives): MockMessage {
  const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  const block = answerBlock(body, directives, digest);
  const limit = typeof body.max_tokens === 'number' ? body.max_tokens : Number.POSITIVE_INFINITY;
  const isCut = block.type === 'text' && tokensOf(block.text) > limit;
  const kept = isCut ? { ...block, text: block.text.slice(0, limit * CHARACTERS_PER_TOKEN) } : block;
  return {
    id: `msg_mock_${digest.slice(0, 24)}`,
    type: 'message',
    role: 'assistant',
    model: stringMember(body, 'model') ?? '',
    content: [kept],
    stop_reason: isCut ? 'max_tokens' : kept.type === 'tool_use' ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: {
      input_tokens: countPromptTokens(body),
      output_tokens: kept.type === 'text' ? tokensOf(kept.text) : tokensOf(JSON.stringify(kept.input)) + 10,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      service_tier: 'standard',
    },
  };
}

/** A count that depends on the text alone: four characters a token, tools and system included. */
export function countPromptTokens(body: JsonObject): number {
  const counted = [body.system, body.messages, body.tools].filter((part) => part !== undefined);
  return tokensOf(counted.map((part) => JSON.stringify(part)).join(''));
}

/** The text of the newest user turn, its blocks joined by spaces. */
export function newestText(body: JsonObject): string {
  return textOf(newestContent(body));
}

function answerBlock(body: JsonObject, directives: MockDirectives, digest: string): MockBlock {
  const content = newestContent(body);
  const result = Array.isArray(content)
    ? content.find((block) => stringMember(block, 'type') === 'tool_result')
    : undefined;
  if (isJsonObject(result)) return { type: 'text', text: `The tool answered: ${textOf(result.content)}` };
  const text = textOf(content);
  const tool = wishedTool(body, text);
  if (tool !== undefined) {
    return {
      type: 'tool_use',
      id: `toolu_mock_${digest.slice(0, 24)}`,
      name: tool.name,
      input: argumentsFor(tool.schema, text),
    };
  }
  if (directives.words !== undefined) return { type: 'text', text: words(directives.words) };
  return { type: 'text', text: `Mock answer to: ${text.slice(0, ECHO_CHARACTERS_MAX)}` };
}

function newestContent(body: JsonObject): JsonValue | undefined {
  const { messages } = body;
  if (!Array.isArray(messages)) return undefined;
  const newest: JsonValue | undefined = messages.findLast(
    (message: JsonValue) => stringMember(message, 'role') === 'user',
  );
  return isJsonObject(newest) ? newest.content : undefined;
}

function textOf(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.flatMap((block: JsonValue) => stringMember(block, 'text') ?? []).join(' ');
}

function wishedTool(body: JsonObject, text: string): { name: string; schema: JsonValue | undefined } | undefined {
  const offered: readonly JsonValue[] = Array.isArray(body.tools) ? body.tools : [];
  const named = /\buse (?:the )?tool ([\w-]+)/i.exec(text)?.[1];
  const wantsAny = /\buse a tool\b/i.test(text) || stringMember(body.tool_choice, 'type') === 'any';
  const forced = stringMember(body.tool_choice, 'type') === 'tool' ? stringMember(body.tool_choice, 'name') : undefined;
  const wished = forced ?? named;
  const tool =
    wished === undefined
      ? wantsAny
        ? offered[0]
        : undefined
      : offered.find((candidate) => stringMember(candidate, 'name') === wished);
  const name = stringMember(tool, 'name');
  return name === undefined || !isJsonObject(tool) ? undefined : { name, schema: tool.input_schema };
}

/** The arguments that the prompt gives, else one plausible value for each required property. */
function argumentsFor(schema: JsonValue | undefined, text: string): JsonObject {
  const given = /\bwith (\{.*\})/s.exec(text)?.[1];
  if (given !== undefined) {
    try {
      const parsed = parseJsonText(given);
      if (isJsonObject(parsed)) return parsed;
    } catch {
      // Not arguments after all: the sample below stands.
    }
  }
  const properties = isJsonObject(schema) && isJsonObject(schema.properties) ? schema.properties : {};
  const required: readonly JsonValue[] = isJsonObject(schema) && Array.isArray(schema.required) ? schema.required : [];
  const names = required.filter((name) => typeof name === 'string');
  return Object.fromEntries(names.map((name) => [name, sampleOf(properties[name])]));
}

function sampleOf(property: JsonValue | undefined): JsonValue {
  if (isJsonObject(property) && Array.isArray(property.enum) && property.enum[0] !== undefined) return property.enum[0];
  switch (stringMember(property, 'type')) {
    case 'number':
    case 'integer':
      return 1;
    case 'boolean':
      return true;
    case 'array':
      return [];
    case 'object':
      return {};
    default:
      return 'example';
  }
}

function words(count: number): string {
  return Array.from({ length: count }, (_, index) => `word${index + 1}`).join(' ');
}

function tokensOf(text: string): number {
  return Math.max(1, Math.ceil(text.length / CHARACTERS_PER_TOKEN));
}
