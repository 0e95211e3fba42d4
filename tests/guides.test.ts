import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { gatewayConfigSchema, providersConfigSchema } from '#features/gateway/config';
import { routeProblems } from '#features/gateway/route-problems';

const GUIDES = join(import.meta.dirname, '../docs/guides');

/** The configuration that a guide shows, block by block. */
function blocks(guide: string): readonly string[] {
  const text = readFileSync(join(GUIDES, guide), 'utf8');
  return [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, block]) => block ?? '');
}

describe.each(readdirSync(GUIDES))('the guide %s', (guide) => {
  it('shows only configuration that would be accepted', () => {
    for (const block of blocks(guide)) {
      const { gateway = {}, providers = [], ...others } = parse(block);
      expect(Object.keys(others)).toEqual([]);
      expect(routeProblems(gatewayConfigSchema.parse(gateway), providersConfigSchema.parse(providers))).toEqual([]);
    }
  });
});
