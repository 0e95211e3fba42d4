import type { Conversation, FunctionTool, ProviderTool, ToolChoice } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import { isJsonObject, type JsonObject } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { memberAt, notConvertible } from './request-message.ts';

/** The documented maximum was raised to 128; every model takes this. Dots and colons are Gemini's alone. */
export const TOOL_NAME_CHARACTERS_MAX = 64;

/** `tools` and `toolConfig`. Throws `invalid_input` for a tool that only another provider runs. */
export function writeTools(conversation: Conversation, to: Target, losses: Losses): JsonObject {
  const declarations: JsonObject[] = [];
  const tools: JsonObject[] = [];
  for (const tool of conversation.tools) {
    if (tool.cache !== null) losses.drop(tool.cache.at);
    if (tool.type === 'provider') tools.push(providerTool(tool, losses));
    else declarations.push(writeDeclaration(tool, to, losses));
  }
  if (declarations.length > 0) tools.unshift({ functionDeclarations: declarations });
  const calling = callingConfig(conversation, declarations.length > 0, to, losses);
  return {
    ...(tools.length === 0 ? {} : { tools }),
    ...(calling === undefined ? {} : { toolConfig: { functionCallingConfig: calling } }),
  };
}

function writeDeclaration(tool: FunctionTool, to: Target, losses: Losses): JsonObject {
  if (tool.strict?.value === true) losses.drop(tool.strict.at);
  return {
    name: to.toolNames.outward(tool.name, TOOL_NAME_CHARACTERS_MAX),
    ...(tool.description === null ? {} : { description: tool.description }),
    ...(tool.schema === null ? {} : { parametersJsonSchema: tool.schema }),
  };
}

/** What a web search of another dialect says beyond its being one: `max_uses`, allowed domains, the user's place. */
const SEARCH_LABELS = new Set(['type', 'name', 'cache_control']);

function providerTool(tool: ProviderTool, losses: Losses): JsonObject {
  if (tool.dialect === 'gemini') return { [tool.name]: tool.value };
  if (tool.kind === 'other') {
    const remedy = 'leave the tool out, or ask for a model that its provider serves';
    throw notConvertible(tool.at, `the tool ${tool.name} is run by another provider than Gemini`, remedy);
  }
  if (isJsonObject(tool.value)) {
    for (const [key, value] of Object.entries(tool.value)) {
      if (value !== null && value !== undefined && !SEARCH_LABELS.has(key)) losses.drop(memberAt(tool.at, key));
    }
  }
  return { googleSearch: {} };
}

/** A choice among functions is refused where there are none. */
function callingConfig(
  { toolChoice }: Conversation,
  hasFunctions: boolean,
  to: Target,
  losses: Losses,
): JsonObject | undefined {
  if (toolChoice === null) return undefined;
  if (hasFunctions) return modeOf(toolChoice.value, to);
  if (toolChoice.value.type === 'required' || toolChoice.value.type === 'named') losses.drop(toolChoice.at);
  return undefined;
}

function modeOf(choice: ToolChoice, to: Target): JsonObject {
  const outward = (name: string) => to.toolNames.outward(name, TOOL_NAME_CHARACTERS_MAX);
  switch (choice.type) {
    case 'auto':
      return { mode: 'AUTO' };
    case 'none':
      return { mode: 'NONE' };
    case 'named':
      return { mode: 'ANY', allowedFunctionNames: [outward(choice.name)] };
    case 'required':
      return { mode: 'ANY', ...(choice.names === null ? {} : { allowedFunctionNames: choice.names.map(outward) }) };
  }
}
