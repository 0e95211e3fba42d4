/** The MCP servers as the running server sees them, by its admin API. */
import { isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';
import type { ServerCall, ServerDoor } from './server-door.ts';
import { requestJson } from './server-json.ts';

const ROOT = '/api/v1/admin/mcp';

export async function mcpStatus(door: ServerDoor): Promise<readonly JsonObject[]> {
  return objectsIn(await requestJson(door, { method: 'GET', path: ROOT }), 'items');
}

export async function mcpTools(door: ServerDoor, server: string): Promise<readonly JsonObject[]> {
  return objectsIn(await requestJson(door, { method: 'GET', path: `${pathOf(server)}/tools` }), 'tools');
}

/** The tool's result as a client would see it, a denial included. */
export async function callMcpTool(
  door: ServerDoor,
  call: { readonly server: string; readonly tool: string; readonly args: JsonObject; readonly timeoutMs: number },
): Promise<JsonObject> {
  const path = `${pathOf(call.server)}/tools/${encodeURIComponent(call.tool)}`;
  const request: ServerCall = { method: 'POST', path, body: { arguments: call.args }, timeoutMs: call.timeoutMs };
  const remedy = `systemprompt plugins mcp tools ${call.server} lists its tools; plugins mcp logs ${call.server}, its complaints`;
  const result = await requestJson(door, request, remedy);
  return isJsonObject(result) ? result : {};
}

export async function mcpLogs(door: ServerDoor, server: string, linesMax: number): Promise<readonly string[]> {
  const answer = await requestJson(door, { method: 'GET', path: `${pathOf(server)}/logs?lines=${linesMax}` });
  const lines = isJsonObject(answer) ? answer.lines : undefined;
  return Array.isArray(lines) ? lines.filter((line) => typeof line === 'string') : [];
}

function pathOf(server: string): string {
  return `${ROOT}/${encodeURIComponent(server)}`;
}

function objectsIn(answer: JsonValue, member: string): readonly JsonObject[] {
  const found = isJsonObject(answer) ? answer[member] : undefined;
  return Array.isArray(found) ? found.filter(isJsonObject) : [];
}
