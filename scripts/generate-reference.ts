/**
 * Writes the generated part of docs/reference from the source; with `--check` it writes nothing and fails when a file
 * differs from what the source says.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { profileSchema, servicesSchema } from '#app/configuration/configuration';
import { renderConfigReference } from '#foundation/config-file/config-reference';
import { renderEditorSchema } from '#foundation/config-file/editor-schema';
import { jsonSchemaOf } from '#foundation/config-file/json-schema';
import { renderCliReference } from '#surfaces/cli/cli-reference';

const ROOT = join(import.meta.dirname, '..');

type GeneratedFile = { readonly path: string; readonly text: string };

async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  const profile = jsonSchemaOf(profileSchema);
  const services = jsonSchemaOf(servicesSchema);
  return [
    { path: 'docs/reference/cli.md', text: await renderCliReference() },
    { path: 'docs/reference/profile.schema.json', text: renderEditorSchema('systemprompt profile', profile) },
    { path: 'docs/reference/services.schema.json', text: renderEditorSchema('systemprompt services tree', services) },
    {
      path: 'docs/reference/config.md',
      text: renderConfigReference([
        {
          title: 'Profile',
          introduction:
            '`<home>/profiles/<name>/profile.yaml`: the settings of one environment. JSON Schema: ' +
            '[profile.schema.json](profile.schema.json).',
          schema: profile,
        },
        {
          title: 'Services tree',
          introduction:
            '`services/config/config.yaml` and the files that its `includes:` names: what an operator edits. JSON ' +
            'Schema: [services.schema.json](services.schema.json).',
          schema: services,
        },
      ]),
    },
  ];
}

async function drifted(files: readonly GeneratedFile[]): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const { path, text } of files) {
    const present = await readFile(join(ROOT, path), 'utf8').catch(() => undefined);
    if (present !== text) paths.push(path);
  }
  return paths;
}

async function write(files: readonly GeneratedFile[]): Promise<void> {
  for (const { path, text } of files) {
    await mkdir(dirname(join(ROOT, path)), { recursive: true });
    await writeFile(join(ROOT, path), text);
  }
}

const files = await generatedFiles();
const stale = await drifted(files);
if (!process.argv.includes('--check')) {
  await write(files);
  console.log(stale.length === 0 ? 'the reference is up to date' : `written: ${stale.join(', ')}`);
} else if (stale.length > 0) {
  console.error(`differs from the source: ${stale.join(', ')}\nrun: npm run generate`);
  process.exitCode = 1;
}
