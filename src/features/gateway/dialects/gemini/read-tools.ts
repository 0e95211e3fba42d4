import type { FunctionTool, ProviderTool, Tool, ToolChoice } from '#features/gateway/conversation/conversation';
import type { Stated } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, stringMember } from '#foundation/json';
import { jsonSchemaOf } from './open-api-schema.ts';
import {
  invalidRequest,
  type Message,
  memberAt,
  messageList,
  messageMember,
  noteBeyond,
  placeOf,
  requiredString,
  stringList,
} from './request-message.ts';

/** Searching the web has a counterpart elsewhere; the older name is that of Gemini 1.5. */
const WEB_SEARCH = new Set(['googleSearch', 'googleSearchRetrieval']);

/** Every member of a tool is a tool of its own. */
export function readTools(body: Message, beyond: string[]): readonly Tool[] {
  return messageList(body, 'tools').flatMap((tool) =>
    Object.keys(tool.members).flatMap((name): readonly Tool[] => {
      const value = tool.members[name];
      if (value === undefined || value === null) return [];
      if (name === 'functionDeclarations') {
        return messageList(tool, name).map((declaration) => readDeclaration(declaration, beyond));
      }
      return [providerTool(name, value, placeOf(tool, name))];
    }),
  );
}

function providerTool(name: string, value: ProviderTool['value'], at: string): ProviderTool {
  const kind = WEB_SEARCH.has(name) ? 'web_search' : 'other';
  return { type: 'provider', kind, dialect: 'gemini', name, value, cache: null, at };
}

const DECLARATION_MEMBERS = new Set(['name', 'description', 'parameters', 'parametersJsonSchema']);

function readDeclaration(declaration: Message, beyond: string[]): FunctionTool {
  noteBeyond(declaration, DECLARATION_MEMBERS, beyond);
  return {
    type: 'function',
    name: requiredString(declaration, 'name'),
    description: stringMember(declaration.members, 'description') ?? null,
    schema: readParameters(declaration),
    strict: null,
    cache: null,
    at: declaration.at,
  };
}

function readParameters(declaration: Message): JsonObject | null {
  const { parameters, parametersJsonSchema } = declaration.members;
  for (const name of ['parametersJsonSchema', 'parameters']) {
    const schema = declaration.members[name];
    if (schema !== undefined && schema !== null && !isJsonObject(schema)) {
      throw invalidRequest(placeOf(declaration, name), 'an object is required', 'send a schema');
    }
  }
  if (isJsonObject(parametersJsonSchema)) return parametersJsonSchema;
  return isJsonObject(parameters) ? jsonSchemaOf(parameters) : null;
}

const TOOL_CONFIG_MEMBERS = new Set(['functionCallingConfig']);

/** How a client wants calls to be streamed, which changes nothing of what is called. */
const CALLING_MEMBERS = new Set(['mode', 'allowedFunctionNames', 'streamFunctionCallArguments']);

export function readToolChoice(body: Message, beyond: string[]): Stated<ToolChoice> | null {
  const config = messageMember(body, 'toolConfig');
  if (config === undefined) return null;
  noteBeyond(config, TOOL_CONFIG_MEMBERS, beyond);
  const calling = messageMember(config, 'functionCallingConfig');
  if (calling === undefined) return null;
  noteBeyond(calling, CALLING_MEMBERS, beyond);
  const names = stringList(calling, 'allowedFunctionNames') ?? [];
  const mode = stringMember(calling.members, 'mode')?.toUpperCase() ?? 'MODE_UNSPECIFIED';
  const choice = choiceOf(mode, names);
  if (choice === undefined) {
    throw invalidRequest(placeOf(calling, 'mode'), 'must be AUTO, ANY, NONE or VALIDATED', 'send one of these modes');
  }
  if (mode === 'VALIDATED') beyond.push(placeOf(calling, 'mode'));
  if (mode !== 'ANY' && names.length > 0) beyond.push(placeOf(calling, 'allowedFunctionNames'));
  return choice === null ? null : { value: choice, at: memberAt(calling.at, 'mode') };
}

/** `VALIDATED` holds the model to the schemas of its calls, but leaves it free to call, so it is nearest to `auto`. */
function choiceOf(mode: string, names: readonly string[]): ToolChoice | null | undefined {
  switch (mode) {
    case 'MODE_UNSPECIFIED':
      return null;
    case 'AUTO':
    case 'VALIDATED':
      return { type: 'auto' };
    case 'NONE':
      return { type: 'none' };
    case 'ANY': {
      const [only] = names;
      if (only !== undefined && names.length === 1) return { type: 'named', name: only };
      return { type: 'required', names: names.length === 0 ? null : names };
    }
    default:
      return undefined;
  }
}
