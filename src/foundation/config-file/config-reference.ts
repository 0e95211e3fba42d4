import { isJsonObject, type JsonObject } from '../json.ts';
import { describeKeys, type KeyDescription, typeWords } from './describe-schema.ts';

/** One kind of configuration file. */
export type ReferenceRoot = {
  readonly title: string;
  /** Where the file stands and what it is for. */
  readonly introduction: string;
  /** The schema of the whole file, as JSON Schema. */
  readonly schema: JsonObject;
};

/** The reference in Markdown: a chapter for each kind of file, a table for each slice. */
export function renderConfigReference(roots: readonly ReferenceRoot[]): string {
  const chapters = roots.map((root) => [`## ${root.title}`, root.introduction, ...slicesOf(root.schema)].join('\n\n'));
  return `${[HEAD, ...chapters].join('\n\n')}\n`;
}

const HEAD = `# Configuration reference

This page is made from the source by \`npm run generate\`; change the schemas, not this page.

Every key has a default unless it is marked *required*: an empty file is a full configuration. Unknown keys are refused
with file, line and column. \`\${NAME}\` and \`\${NAME:-default}\` are replaced by the environment's values; an unquoted
reference that yields a number or true or false is one. \`\${CONFIG_DIR}\` is the directory of the file it stands in.`;

function slicesOf(schema: JsonObject): readonly string[] {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  return Object.entries(properties).flatMap(([name, slice]) => (isJsonObject(slice) ? [renderSlice(name, slice)] : []));
}

function renderSlice(name: string, slice: JsonObject): string {
  const rows = describeKeys(slice);
  const description = typeof slice.description === 'string' ? slice.description : `A ${typeWords(slice)}.`;
  const head = `### \`${name}\`\n\n${description}`;
  if (rows.length === 0) return head;
  const lines = rows.map(renderRow);
  return `${head}\n\n| key | type | default | description |\n|---|---|---|---|\n${lines.join('\n')}`;
}

function renderRow(row: KeyDescription): string {
  const fallback = row.fallback === undefined ? (row.required ? '*required*' : '') : `\`${row.fallback}\``;
  const only = row.only.length === 0 ? '' : ` *(${row.only.join(', ')} only)*`;
  const cells = [`\`${row.key}\``, row.type, fallback, `${row.description}${only}`.trim()];
  return `| ${cells.map(escapeCell).join(' | ')} |`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
