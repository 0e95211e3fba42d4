import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCliConfiguration } from '../cli-configuration.ts';
import { homeAt } from '../home.ts';

let directory: string;
let root: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'systemprompt-budgets-'));
  root = join(directory, 'services', 'config', 'config.yaml');
  mkdirSync(join(directory, 'services', 'config'), { recursive: true });
  writeFileSync(root, '# The root.\nincludes:\n  - other.yaml # kept\n');
  writeFileSync(
    join(directory, 'services', 'config', 'other.yaml'),
    'budgets:\n  # Of everybody.\n  - id: all\n    limits: { requests: 5, cost_dollars: 1 } # small\n',
  );
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function desk() {
  const settings = {
    home: directory,
    profile: 'test',
    services: join(directory, 'services'),
    databaseUrl: null,
    administratorEmail: 'admin@example.org',
    host: null,
    port: null,
  };
  return (await openCliConfiguration(homeAt(directory, 'test'), settings, {})).budgets;
}

const edit = (id: string, limits: Record<string, number>, change: Record<string, string> = {}) => ({
  id,
  change,
  limits,
});

describe('setting a budget', () => {
  it('writes a new one into a file of its own, and includes it', async () => {
    const { file } = await (await desk()).set(edit('team', { cost_dollars: 5 }, { per: 'user' }), { dryRun: false });
    expect(file).toBe(join(directory, 'services', 'budgets', 'team.yaml'));
    expect(readFileSync(root, 'utf8')).toBe(
      '# The root.\nincludes:\n  - other.yaml # kept\n  - ../budgets/team.yaml\n',
    );
    expect(await (await desk()).list()).toMatchObject([
      { id: 'all' },
      { id: 'team', per: 'user', limits: { cost_dollars: 5 }, window: 'month' },
    ]);
  });

  it('changes one where it stands, and keeps what it does not name and what people wrote beside it', async () => {
    await (await desk()).set(edit('all', { requests: 9 }, { window: 'day' }), { dryRun: false });
    expect(await (await desk()).list()).toMatchObject([
      { id: 'all', window: 'day', limits: { requests: 9, cost_dollars: 1 } },
    ]);
    const text = readFileSync(join(directory, 'services', 'config', 'other.yaml'), 'utf8');
    expect(text).toContain('# Of everybody.');
    expect(text).toContain('# small');
  });

  it('writes nothing for a trial, nor what would not be valid', async () => {
    const before = readFileSync(root, 'utf8');
    await (await desk()).set(edit('team', { cost_dollars: 5 }), { dryRun: true });
    const refusing = await desk();
    await expect(refusing.set(edit('team', {}), { dryRun: false })).rejects.toThrow('needs at least one limit');
    await expect(refusing.set(edit('Team', { requests: 1 }), { dryRun: false })).rejects.toThrow('lower-case');
    await expect(refusing.set(edit('all', { requests: -1 }), { dryRun: false })).rejects.toThrow('requests');
    expect(readFileSync(root, 'utf8')).toBe(before);
    expect(await (await desk()).list()).toMatchObject([{ id: 'all', limits: { requests: 5 } }]);
  });

  it('takes back what the rest of the configuration does not agree with', async () => {
    const refusing = await desk();
    const other = join(directory, 'services', 'config', 'other.yaml');
    writeFileSync(other, `${readFileSync(other, 'utf8')}  - id: team\n    limits: { requests: 1 }\n`);
    await expect(refusing.set(edit('team', { requests: 2 }), { dryRun: false })).rejects.toThrow('already declared');
    expect(readFileSync(root, 'utf8')).not.toContain('budgets/team.yaml');
    expect(await (await desk()).list()).toMatchObject([{ id: 'all' }, { id: 'team', limits: { requests: 1 } }]);
  });
});
