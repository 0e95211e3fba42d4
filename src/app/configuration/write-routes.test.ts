import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCliConfiguration } from '../cli-configuration.ts';
import { homeAt } from '../home.ts';

let directory: string;
let profile: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'systemprompt-routes-'));
  profile = homeAt(directory, 'test').profileFile;
  mkdirSync(join(directory, 'services'), { recursive: true });
  mkdirSync(dirname(profile), { recursive: true });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function desk() {
  const settings = {
    home: directory,
    profile: 'test',
    services: join(directory, 'services'),
    port: null,
    host: null,
    databaseUrl: null,
    administratorEmail: 'admin@example.org',
  };
  return (await openCliConfiguration(homeAt(directory, 'test'), settings, {})).routes;
}

async function routes() {
  return (await (await desk()).setup()).gateway.routes?.map(({ id }) => id);
}

const WRITTEN = { dryRun: false };
const route = (id: string, provider = 'mock') => ({ id, model_pattern: `${id}-*`, provider });

describe('editing routes', () => {
  it('begins a profile that has no file, and one that has no routes', async () => {
    expect(await (await desk()).edit({ kind: 'add', route: route('first'), index: 0 }, WRITTEN)).toEqual({
      file: profile,
    });
    expect(await routes()).toEqual(['first']);
    writeFileSync(profile, '# Mine.\ngateway:\n  content: none # kept\n');
    await (await desk()).edit({ kind: 'add', route: route('again'), index: 0 }, WRITTEN);
    expect(await routes()).toEqual(['again']);
    expect(readFileSync(profile, 'utf8')).toContain('# Mine.\ngateway:\n  content: none # kept\n');
    // The mock took every model while there were no routes, and takes those that the new one does not.
    expect((await (await desk()).setup()).gateway.default_provider).toBe('mock');
    await (await desk()).edit({ kind: 'remove', index: 0 }, WRITTEN);
    expect(await (await desk()).setup()).toMatchObject({ gateway: { routes: [], default_provider: 'mock' } });
  });

  it('leaves a default provider of the profile as it is', async () => {
    writeFileSync(profile, 'gateway:\n  default_provider: anthropic\n');
    await (await desk()).edit({ kind: 'add', route: route('one'), index: 0 }, WRITTEN);
    expect((await (await desk()).setup()).gateway.default_provider).toBe('anthropic');
  });

  it('edits the list where it stands, and keeps what people wrote beside it', async () => {
    const included = join(dirname(profile), 'models.yaml');
    writeFileSync(profile, 'includes: [models.yaml]\n');
    writeFileSync(
      included,
      'gateway:\n  routes:\n    # The first.\n    - { id: a, model_pattern: a, provider: mock }\n    - { id: b, model_pattern: b, provider: mock }\n',
    );
    expect(await (await desk()).edit({ kind: 'add', route: route('between'), index: 1 }, WRITTEN)).toEqual({
      file: included,
    });
    expect(await routes()).toEqual(['a', 'between', 'b']);
    await (await desk()).edit({ kind: 'remove', index: 2 }, WRITTEN);
    expect(await routes()).toEqual(['a', 'between']);
    expect(readFileSync(included, 'utf8')).toContain('# The first.');
    expect(readFileSync(profile, 'utf8')).toBe('includes: [models.yaml]\n');
  });

  it('writes nothing for a trial, and takes back what is not valid', async () => {
    const text = 'gateway:\n  routes:\n    - { id: a, model_pattern: a, provider: mock }\n';
    writeFileSync(profile, text);
    await (await desk()).edit({ kind: 'remove', index: 0 }, { dryRun: true });
    const refusing = await desk();
    await expect(refusing.edit({ kind: 'add', route: route('a'), index: 0 }, WRITTEN)).rejects.toThrow('stands twice');
    await expect(refusing.edit({ kind: 'add', route: route('x', 'nobody'), index: 0 }, WRITTEN)).rejects.toThrow(
      'nobody',
    );
    expect(readFileSync(profile, 'utf8')).toBe(text);
  });

  it('leaves none behind when it removes the only one', async () => {
    writeFileSync(profile, 'gateway:\n  routes:\n    - { id: a, model_pattern: a, provider: mock }\n');
    await (await desk()).edit({ kind: 'remove', index: 0 }, WRITTEN);
    expect(await routes()).toEqual([]);
  });
});
