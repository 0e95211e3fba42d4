import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMAND_GROUPS } from './command-groups.ts';
import { COMMAND_TABLE } from './command-table.ts';
import { findCommand } from './find-command.ts';
import { cli } from './testing/run-in-process.ts';

const FOLDER = join(import.meta.dirname, 'commands');

describe('the command table', () => {
  it('has one row for each file under commands/, and one file for each row', () => {
    const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(FOLDER.length + 1)
          .replace(/\.ts$/, ''),
      );
    const rows = COMMAND_TABLE.map(({ path }) => path.replaceAll(' ', '/'));
    expect(rows.toSorted()).toEqual(files.toSorted());
  });

  it('loads each row from the file that its path names', () => {
    for (const { path, load } of COMMAND_TABLE) {
      expect(load.toString()).toContain(`/commands/${path.replaceAll(' ', '/')}.ts`);
    }
  });

  it('names every group on the way to a command, and no other', () => {
    const needed = COMMAND_TABLE.flatMap(({ path }) => {
      const words = path.split(' ');
      return words.slice(0, -1).map((_, index) => words.slice(0, index + 1).join(' '));
    });
    expect(COMMAND_GROUPS.map(({ path }) => path).toSorted()).toEqual([...new Set(needed)].toSorted());
  });
});

describe.each(COMMAND_TABLE)('systemprompt $path', ({ path, summary, load }) => {
  it('has a summary of one line, and examples that lead to it', async () => {
    expect(summary).toMatch(/^[A-Z][^\n]{8,70}[^.]$/);
    const { command } = await load();
    expect(command.examples.length).toBeGreaterThan(0);
    for (const { line } of command.examples) {
      expect(findCommand(line.replace(/ [<>|].*$/, '').split(' '), COMMAND_TABLE).path).toBe(path);
    }
  });

  it('takes --dry-run when it changes something, and --yes when it destroys', async () => {
    const { command } = await load();
    const { stdout } = await cli([...path.split(' '), '--help']);
    expect(stdout.includes('--dry-run')).toBe(command.effect !== 'none');
    expect(stdout.includes('--yes')).toBe(command.effect === 'destroy');
  });

  it('uses no option that every command has already', async () => {
    const { command } = await load();
    const own = Object.values(command.options).map(({ attribute }) => attribute);
    expect(own).not.toContain('home');
    expect(new Set(own).size).toBe(own.length);
  });
});
