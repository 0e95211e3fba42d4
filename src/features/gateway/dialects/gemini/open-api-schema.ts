import { isJsonObject, type JsonObject, type JsonValue, numberMember } from '#foundation/json';

/** Members whose values are schemas by name, lists of schemas, and schemas. */
const NAMED = new Set(['properties', '$defs', 'definitions']);
const LISTS = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const SINGLE = new Set(['items', 'additionalProperties', 'not']);

/** `int64` members of Google's `Schema`, which its JSON mapping prints as strings. */
const COUNTS = new Set([
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
  'minimum',
  'maximum',
]);

/**
 * JSON Schema of Google's `Schema`, a subset of OpenAPI 3.0: types in lower case, `nullable` as a type of its own,
 * properties in their `propertyOrdering`, members by camelCase names. What is JSON Schema already stays as it is.
 */
export function jsonSchemaOf(schema: JsonObject): JsonObject {
  const result: Record<string, JsonValue | undefined> = {};
  let changed = false;
  for (const [key, value] of Object.entries(schema)) {
    const name = schemaMember(key);
    const next = value === undefined ? undefined : memberOf(name, value, schema);
    if (name !== key || next !== value) changed = true;
    if (next !== undefined) result[name] = next;
  }
  return changed ? result : schema;
}

/** The few names of `Schema` that snake_case writes otherwise; keywords of JSON Schema have no underscore. */
function schemaMember(key: string): string {
  if (!/^[a-z]+(_[a-z]+)+$/.test(key)) return key;
  return key.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

function memberOf(name: string, value: JsonValue, schema: JsonObject): JsonValue | undefined {
  if (name === 'type') return typeOf(value, schema.nullable === true);
  if (name === 'nullable') return typeof value === 'boolean' ? undefined : value;
  if (name === 'enum' && schema.nullable === true && Array.isArray(value)) return nullableValues(value);
  if (name === 'propertyOrdering' || name === 'property_ordering') return undefined;
  if (COUNTS.has(name) && typeof value === 'string') return numberMember({ value: Number(value) }, 'value') ?? value;
  if (NAMED.has(name) && isJsonObject(value)) return schemasByName(value, name === 'properties' ? order(schema) : []);
  if (LISTS.has(name) && Array.isArray(value)) return listOf(value);
  return SINGLE.has(name) && isJsonObject(value) ? jsonSchemaOf(value) : value;
}

function typeOf(type: JsonValue, isNullable: boolean): JsonValue | undefined {
  if (type === 'TYPE_UNSPECIFIED') return undefined;
  const name = typeof type === 'string' && /^[A-Z]+$/.test(type) ? type.toLowerCase() : type;
  return isNullable && typeof name === 'string' && name !== 'null' ? [name, 'null'] : name;
}

function nullableValues(values: readonly JsonValue[]): JsonValue {
  return values.includes(null) ? values : [...values, null];
}

function listOf(schemas: readonly JsonValue[]): readonly JsonValue[] {
  const list = schemas.map((item) => (isJsonObject(item) ? jsonSchemaOf(item) : item));
  return list.some((item, index) => item !== schemas[index]) ? list : schemas;
}

function order(schema: JsonObject): readonly string[] {
  const names = schema.propertyOrdering ?? schema.property_ordering;
  return Array.isArray(names) ? names.filter((name: JsonValue) => typeof name === 'string') : [];
}

function schemasByName(schemas: JsonObject, first: readonly string[]): JsonObject {
  const names = new Set([...first.filter((name) => Object.hasOwn(schemas, name)), ...Object.keys(schemas)]);
  const entries = [...names].map((name): [string, JsonValue | undefined] => {
    const schema = schemas[name];
    return [name, isJsonObject(schema) ? jsonSchemaOf(schema) : schema];
  });
  const isSame = first.length === 0 && entries.every(([name, schema]) => schema === schemas[name]);
  return isSame ? schemas : Object.fromEntries(entries);
}
