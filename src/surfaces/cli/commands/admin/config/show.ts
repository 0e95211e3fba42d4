import { OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';
import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { optionalArgument } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  details: 'The whole configuration with every default filled in, as YAML. Credentials are named, never shown.',
  arguments: { path: optionalArgument('path', 'only this part, for example gateway.routes') },
  options: {},
  examples: [
    { line: 'admin config show', shows: 'everything that is in force' },
    { line: 'admin config show gateway.routes', shows: 'one part' },
    { line: 'admin config show --json', shows: 'for a script' },
  ],
  async run({ args, services }) {
    const whole = await services.configuration().show();
    const part = args.path === undefined ? whole : findPart(whole, args.path);
    const { stringify } = await import('yaml');
    const text = stringify(part, { lineWidth: 0 }).trimEnd();
    return itemOf(isJsonObject(part) ? part : { [args.path ?? 'value']: part }, text);
  },
});

/** The path from the top, or from within one of the two roots: their keys differ, so `gateway` needs no `profile.`. */
function findPart(whole: JsonObject, path: string): JsonValue {
  for (const root of [whole, ...Object.values(whole)]) {
    const part = partAt(root, path);
    if (part !== undefined) return part;
  }
  throw new OperatingError('not_found', 'config_path', `there is no ${JSON.stringify(path)} in the configuration`, {
    remedy: 'systemprompt admin config show',
  });
}

function partAt(root: JsonValue | undefined, path: string): JsonValue | undefined {
  let part = root;
  for (const step of path.split('.')) {
    if (Array.isArray(part)) part = part[Number(step)];
    else part = isJsonObject(part) && Object.hasOwn(part, step) ? part[step] : undefined;
  }
  return part;
}
