import { z } from 'zod';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { type ConfigNode, type ConfigPath, findNode } from './config-node.ts';

/** What a file may hold, as JSON Schema draft 7: the draft that editors' YAML support knows best. */
export function jsonSchemaOf(schema: z.ZodType): JsonObject {
  const made: unknown = z.toJSONSchema(schema, { io: 'input', target: 'draft-7', unrepresentable: 'any' });
  return isJsonObject(made) ? made : {};
}

/**
 * The schemas that apply at `path` of the configuration `root`: more than one where a union leaves it open. A union
 * whose branches are told apart by a constant (`type: stdio`) is narrowed by what is written there.
 */
export function schemasAt(schema: JsonObject, path: ConfigPath, root: ConfigNode): readonly JsonObject[] {
  let current = branches(schema, schema, root);
  for (const [index, step] of path.entries()) {
    const found = findNode(root, path.slice(0, index + 1));
    const node = found.exact ? found.node : undefined;
    current = current.flatMap((candidate) => {
      const next = typeof step === 'number' ? candidate.items : memberSchema(candidate, step);
      return isJsonObject(next) ? branches(next, schema, node) : [];
    });
  }
  return current;
}

/** The keys that may stand in the map at `path`. */
export function knownKeysAt(schema: JsonObject, path: ConfigPath, root: ConfigNode): readonly string[] {
  const keys = schemasAt(schema, path, root).flatMap((found) =>
    isJsonObject(found.properties) ? Object.keys(found.properties) : [],
  );
  return [...new Set(keys)];
}

function memberSchema(schema: JsonObject, key: string): JsonValue | undefined {
  const named = isJsonObject(schema.properties) ? schema.properties[key] : undefined;
  return named ?? schema.additionalProperties;
}

/** Follows references and unions down to schemas that say something themselves. */
function branches(schema: JsonObject, root: JsonObject, node: ConfigNode | undefined): readonly JsonObject[] {
  if (typeof schema.$ref === 'string') {
    const target = resolveReference(schema.$ref, root);
    return target === undefined ? [] : branches(target, root, node);
  }
  const choices = [schema.anyOf, schema.oneOf, schema.allOf].flatMap((list) => (Array.isArray(list) ? list : []));
  if (choices.length === 0) return [schema];
  const fitting = choices.filter(isJsonObject).filter((choice) => !contradicts(choice, node));
  return fitting.flatMap((choice) => branches(choice, root, node));
}

/** Whether a constant of the schema is another than what is written. */
function contradicts(schema: JsonObject, node: ConfigNode | undefined): boolean {
  if (node?.kind !== 'map' || !isJsonObject(schema.properties)) return false;
  return Object.entries(schema.properties).some(([key, property]) => {
    if (!isJsonObject(property) || property.const === undefined) return false;
    const written = node.entries.get(key)?.node;
    return written?.kind === 'scalar' && written.value !== property.const;
  });
}

function resolveReference(reference: string, root: JsonObject): JsonObject | undefined {
  let target: JsonValue | undefined = root;
  for (const step of reference
    .replace(/^#\/?/, '')
    .split('/')
    .filter((part) => part !== '')) {
    target = isJsonObject(target) ? target[step] : undefined;
  }
  return isJsonObject(target) ? target : undefined;
}
