import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';

/** One line of the reference: a key that can be written, and what it means. */
export type KeyDescription = {
  /** From the slice down: `routes[].model_pattern`, `<name>.command`. */
  readonly key: string;
  readonly type: string;
  /** As it would be written, or undefined when the key has no default. */
  readonly fallback: string | undefined;
  readonly required: boolean;
  readonly description: string;
  /** The branches of a union that have the key, such as `stdio`; empty when all do. */
  readonly only: readonly string[];
};

const DEPTH_MAX = 12;

/** Every key below `schema`, in the order of the schema; branches of a union follow each other. */
export function describeKeys(schema: JsonObject, prefix = '', depth = 0): readonly KeyDescription[] {
  if (depth > DEPTH_MAX) return [];
  const rows: KeyDescription[] = [];
  const required = Array.isArray(schema.required) ? schema.required : [];
  for (const [name, property] of Object.entries(objectOf(schema.properties))) {
    if (!isJsonObject(property)) continue;
    const key = prefix === '' ? name : `${prefix}.${name}`;
    rows.push(describeKey(key, property, required.includes(name)), ...describeKeys(property, key, depth + 1));
  }
  const named = schema.additionalProperties;
  if (isJsonObject(named)) rows.push(...describeBelow(named, prefix === '' ? '<name>' : `${prefix}.<name>`, depth));
  if (isJsonObject(schema.items)) rows.push(...describeBelow(schema.items, `${prefix}[]`, depth));
  rows.push(...describeBranches(unionOf(schema), prefix, depth));
  return rows;
}

/** What branches say alike stands once; the rest says which branch has it. */
function describeBranches(branches: readonly JsonObject[], prefix: string, depth: number): readonly KeyDescription[] {
  const rows: KeyDescription[] = [];
  for (const branch of branches) {
    const label = labelOf(branch);
    for (const found of describeKeys(branch, prefix, depth + 1)) {
      const row = label === undefined || found.only.length > 0 ? found : { ...found, only: [label] };
      const twin = rows.findIndex((before) => saysTheSame(before, row));
      const before = rows[twin];
      if (before === undefined) rows.push(row);
      else rows[twin] = { ...before, type: unite(before.type, row.type), only: [...before.only, ...row.only] };
    }
  }
  return rows.map((row) => (row.only.length === branches.length ? { ...row, only: [] } : row));
}

function saysTheSame(left: KeyDescription, right: KeyDescription): boolean {
  return left.key === right.key && left.description === right.description && left.fallback === right.fallback;
}

/** The constant by which a branch is told from the others. */
function labelOf(branch: JsonObject): string | undefined {
  const constants = Object.values(objectOf(branch.properties)).flatMap((property) =>
    isJsonObject(property) && property.const !== undefined ? [String(property.const)] : [],
  );
  return constants[0];
}

/** What stands in a list or under a free name: a row of its own where it has something to say, then its keys. */
function describeBelow(schema: JsonObject, key: string, depth: number): readonly KeyDescription[] {
  const below = describeKeys(schema, key, depth + 1);
  return typeof schema.description === 'string' ? [describeKey(key, schema, false), ...below] : below;
}

function describeKey(key: string, schema: JsonObject, required: boolean): KeyDescription {
  return {
    key,
    type: typeWords(schema),
    fallback: defaultWords(schema),
    required,
    description: typeof schema.description === 'string' ? schema.description : '',
    only: [],
  };
}

/** An empty map as default only says that the keys below have theirs. */
function defaultWords(schema: JsonObject): string | undefined {
  const fallback = schema.default;
  if (fallback === undefined) return undefined;
  if (isJsonObject(fallback) && Object.keys(fallback).length === 0) return undefined;
  return JSON.stringify(fallback);
}

export function typeWords(schema: JsonObject): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map((word) => JSON.stringify(word)).join(' or ');
  const branches = unionOf(schema);
  if (branches.length > 0) return [...new Set(branches.map(typeWords))].join(' or ');
  if (schema.type === 'array') return `list of ${isJsonObject(schema.items) ? typeWords(schema.items) : 'anything'}`;
  if (schema.type === 'object') {
    return isJsonObject(schema.additionalProperties) ? `map to ${typeWords(schema.additionalProperties)}` : 'map';
  }
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  const words = types.map((type) => TYPE_WORDS[String(type)] ?? 'anything').join(' or ');
  return `${words}${rangeWords(schema)}`;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  null: 'null',
};

function rangeWords(schema: JsonObject): string {
  const least = boundOf(schema.minimum);
  const above = boundOf(schema.exclusiveMinimum);
  const most = boundOf(schema.maximum);
  const below = boundOf(schema.exclusiveMaximum);
  const parts = [
    least === undefined ? undefined : `from ${least}`,
    above === undefined ? undefined : `above ${above}`,
    most === undefined ? undefined : `up to ${most}`,
    below === undefined ? undefined : `below ${below}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : ` ${parts.join(' ')}`;
}

/** The limits of safe integers are the schema language's own, not ours. */
function boundOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined;
}

function unionOf(schema: JsonObject): readonly JsonObject[] {
  return [schema.anyOf, schema.oneOf].flatMap((list) => (Array.isArray(list) ? list.filter(isJsonObject) : []));
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** The words of both types, each once: the constants of two branches become a choice. */
function unite(left: string, right: string): string {
  return [...new Set([...left.split(' or '), ...right.split(' or ')])].join(' or ');
}
