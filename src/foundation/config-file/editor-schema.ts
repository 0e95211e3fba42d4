import { isJsonObject, type JsonObject } from '../json.ts';

const INCLUDES: JsonObject = {
  type: 'array',
  items: { type: 'string' },
  description: 'Further files, relative to this one. Their sections are put together; each file is read once.',
};

/** Text of the schema file that editors check a configuration file against, by the comment at the file's head. */
export function renderEditorSchema(title: string, schema: JsonObject): string {
  const slices = isJsonObject(schema.properties) ? schema.properties : {};
  // A section with nothing under its heading is read as left out, so an editor must not object to it.
  const sections = Object.entries(slices).map(([name, slice]): [string, JsonObject] => [
    name,
    { anyOf: [slice ?? {}, { type: 'null' }] },
  ]);
  const properties = { includes: INCLUDES, ...Object.fromEntries(sections) };
  return `${JSON.stringify({ ...schema, title, properties }, undefined, 2)}\n`;
}
