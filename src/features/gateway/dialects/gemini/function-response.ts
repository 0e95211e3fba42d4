import type { ToolResultPart } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import { parsedObject } from './call-arguments.ts';

type Content = ToolResultPart['content'];

/** Longer texts are passed on as text, so that no large result is parsed to find out whether it is JSON. */
const OBJECT_CHARACTERS_MAX = 262_144;

/**
 * The texts of a `response`: of `output` or `error` where that is all there is (the two keys that the API gives a
 * meaning), else the JSON text of the whole.
 */
export function readResponse(response: JsonValue | undefined, at: string): { content: Content; isError: boolean } {
  if (!isJsonObject(response)) {
    return { content: response === undefined || response === null ? [] : texts(response, at), isError: false };
  }
  const isError = isOnly(response, 'error');
  if (isError) return { content: texts(response.error, at), isError };
  if (isOnly(response, 'output')) return { content: texts(response.output, at), isError };
  return { content: texts(response, at), isError };
}

function isOnly(response: JsonObject, key: string): boolean {
  return Object.hasOwn(response, key) && Object.keys(response).length === 1;
}

function texts(value: JsonValue | undefined, at: string): Content {
  if (value === undefined || value === '') return [];
  const list = Array.isArray(value) && value.length !== 1 && value.every((item: JsonValue) => typeof item === 'string');
  const items: readonly JsonValue[] = list ? value : [value];
  return items.map((item) => ({
    type: 'text',
    text: typeof item === 'string' ? item : JSON.stringify(item),
    citations: [],
    cache: null,
    at,
  }));
}

/** The `response` of a result's texts: the object that its only text is, else `output`, and `error` for a failure. */
export function writeResponse(content: Content, isError: boolean): JsonObject {
  const lines = content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  const [only = ''] = lines;
  if (isError) return { error: lines.length > 1 ? lines : only };
  if (lines.length > 1) return { output: lines };
  return responseObject(only) ?? { output: only };
}

/** Undefined unless the text is an object, printed as we would print it, that does not read as something else. */
function responseObject(text: string): JsonObject | undefined {
  if (text.length > OBJECT_CHARACTERS_MAX || !text.startsWith('{') || !text.endsWith('}')) return undefined;
  const object = parsedObject(text);
  if (object === undefined || isOnly(object, 'output') || isOnly(object, 'error')) return undefined;
  return JSON.stringify(object) === text ? object : undefined;
}

/** The name that a result gives; empty when it gives none. */
export function responseName(response: JsonObject): string {
  return stringMember(response, 'name') ?? '';
}
