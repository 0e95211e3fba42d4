import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { routeProblems } from '#features/gateway/route-problems';
import { extension } from '../examples/extension-provider/extension.ts';
import { profileSchema, servicesSchema } from '../src/app/configuration/configuration.ts';
import { defineExtension } from '../src/extension.ts';

const ROOT = join(import.meta.dirname, '..');
const GUIDES = readdirSync(join(ROOT, 'docs/guides')).map((name) => `docs/guides/${name}`);
const EXAMPLES = readdirSync(join(ROOT, 'examples')).map((name) => `examples/${name}/README.md`);

/** The configuration that a guide shows, block by block. */
function blocks(guide: string): readonly string[] {
  const text = readFileSync(join(ROOT, guide), 'utf8');
  return [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, block]) => block ?? '');
}

describe.each([...GUIDES, ...EXAMPLES])('the guide %s', (guide) => {
  it('shows only configuration that would be accepted', () => {
    const { providers: registered } = defineExtension(extension);
    for (const block of blocks(guide)) {
      const shown = parse(block);
      if (Object.keys(shown).every((name) => name in servicesSchema.shape)) {
        expect(servicesSchema.safeParse(shown).error).toBeUndefined();
        continue;
      }
      const { gateway, providers } = profileSchema.parse(shown);
      expect(routeProblems(gateway, providers, registered)).toEqual([]);
    }
  });
});
