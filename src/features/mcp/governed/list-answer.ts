import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import type { McpServerConfig } from '../config.ts';
import type { Answer } from '../json-rpc.ts';
import type { KnownValueFilter } from '../known-values.ts';
import type { MethodRow } from '../methods.ts';
import { toolExists } from '../tool-access.ts';
import { admitDenial } from './denial.ts';

/** What a client sees of an upstream's list: only tools that exist for it, and no value of the secret store. */
export function listAnswer(row: MethodRow, answer: Answer, config: McpServerConfig, known: KnownValueFilter): Answer {
  if ('error' in answer) return answer;
  const result = known.object(answer.result);
  if (row.method !== 'tools/list' || !Array.isArray(result.tools)) return { result };
  const tools = result.tools.filter((tool) => toolExists(config.tools, stringMember(tool, 'name') ?? ''));
  return { result: { ...result, tools: tools.map(listedTool) } };
}

/** The answer in place of an upstream that has nothing of the kind. */
export function emptyList(member: string): Answer {
  return { result: { [member]: [] } };
}

function listedTool(tool: JsonValue): JsonValue {
  if (!isJsonObject(tool) || !isJsonObject(tool.outputSchema)) return tool;
  const { outputSchema, ...rest } = tool;
  const widened: JsonObject | undefined = admitDenial(outputSchema);
  return widened === undefined ? rest : { ...rest, outputSchema: widened };
}
