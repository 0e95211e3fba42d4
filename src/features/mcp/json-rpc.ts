/** JSON-RPC 2.0 as MCP uses it: object parameters, text or integer ids, never null (MCP 2025-11-25, base protocol). */
import { isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';
import { MCP_LIMITS } from './limits.ts';

export type JsonRpcId = string | number;

export type JsonRpcError = { readonly code: number; readonly message: string; readonly data?: JsonValue };

/** What a request came to. */
export type Answer = { readonly result: JsonObject } | { readonly error: JsonRpcError };

export type JsonRpcRequest = {
  readonly kind: 'request';
  readonly id: JsonRpcId;
  readonly method: string;
  readonly params: JsonObject;
};

export type JsonRpcNotification = {
  readonly kind: 'notification';
  readonly method: string;
  readonly params: JsonObject;
};

export type JsonRpcResponse = { readonly kind: 'response'; readonly id: JsonRpcId; readonly answer: Answer };

export type JsonRpcMessage =
  | JsonRpcRequest
  | JsonRpcNotification
  | JsonRpcResponse
  | { readonly kind: 'invalid'; readonly id: JsonRpcId | null; readonly problem: string };

/** JSON-RPC 2.0 section 5.1, then the codes that MCP assigns, then ours in the server's range. */
export const ERROR_CODES = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  sessionNotFound: -32001,
  denied: -32003,
  unsupportedProtocolVersion: -32022,
  rateLimited: -32029,
  upstream: -32050,
  unavailable: -32053,
  timeout: -32054,
  cancelled: -32800,
} as const;

export function parseMessage(value: JsonValue | undefined): JsonRpcMessage {
  if (!isJsonObject(value)) return invalid(null, 'a message must be an object');
  const id = parseId(value.id);
  if (value.jsonrpc !== '2.0') return invalid(id, 'the member jsonrpc must be "2.0"');
  if (value.id !== undefined && id === null) return invalid(null, 'the member id must be text or an integer');
  if (value.method === undefined) return parseResponse(value, id);
  const { method } = value;
  if (typeof method !== 'string' || method.length === 0 || method.length > MCP_LIMITS.methodCharactersMax) {
    return invalid(id, `the member method must be text of 1 to ${MCP_LIMITS.methodCharactersMax} characters`);
  }
  const params = value.params ?? {};
  if (!isJsonObject(params)) return invalid(id, 'the member params must be an object');
  return id === null ? { kind: 'notification', method, params } : { kind: 'request', id, method, params };
}

function parseResponse(value: JsonObject, id: JsonRpcId | null): JsonRpcMessage {
  const { result, error } = value;
  if (id === null) return invalid(null, 'a message needs a method, or an id with a result or an error');
  if (isJsonObject(result) && error === undefined) return { kind: 'response', id, answer: { result } };
  if (isJsonObject(error) && result === undefined)
    return { kind: 'response', id, answer: { error: parseError(error) } };
  return invalid(id, 'a response needs either a result object or an error object');
}

function parseError(error: JsonObject): JsonRpcError {
  const code = typeof error.code === 'number' && Number.isInteger(error.code) ? error.code : ERROR_CODES.internalError;
  const message = typeof error.message === 'string' ? error.message : 'an error without a message';
  return error.data === undefined ? { code, message } : { code, message, data: error.data };
}

function parseId(id: JsonValue | undefined): JsonRpcId | null {
  if (typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id))) return id;
  return null;
}

function invalid(id: JsonRpcId | null, problem: string): JsonRpcMessage {
  return { kind: 'invalid', id, problem };
}

export function requestMessage(id: JsonRpcId, method: string, params: JsonObject): JsonObject {
  return { jsonrpc: '2.0', id, method, params };
}

export function notificationMessage(method: string, params: JsonObject): JsonObject {
  return { jsonrpc: '2.0', method, params };
}

export function responseMessage(id: JsonRpcId | null, answer: Answer): JsonObject {
  return { jsonrpc: '2.0', id, ...answer };
}

export function errorAnswer(code: number, message: string, data?: JsonValue): Answer {
  return { error: data === undefined ? { code, message } : { code, message, data } };
}
