import { expect, it } from 'vitest';
import { renderCliReference } from './cli-reference.ts';
import { COMMAND_TABLE } from './command-table.ts';

it('has every command with its examples, and keeps pipes out of its tables', async () => {
  const text = await renderCliReference();
  for (const { path } of COMMAND_TABLE) expect(text).toContain(`### systemprompt ${path}\n`);
  for (const row of text.split('\n').filter((line) => line.startsWith('| '))) {
    expect(row.replaceAll('\\|', '').split('|')).toHaveLength(4);
  }
});
