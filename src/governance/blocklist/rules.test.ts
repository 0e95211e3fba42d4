/** Every rule catches its positives and lets every negative of every rule pass. */

import { describe, expect, it } from 'vitest';
import { proves } from '#tests/support/proves';
import { judgeScript, judgeSql } from './judge-text.ts';
import { COMMAND_RULES } from './rules/command-rules.ts';
import { SEQUENCE_RULES } from './rules/fetched-file.ts';
import { TOOL_NAME_RULES } from './rules/tool-names.ts';
import { SQL_RULES } from './sql/sql-rules.ts';
import { matchToolName, wordsOfToolName } from './tool-name.ts';

proves('blocklist.categories');

const ids = (breaches: readonly { readonly rule: string }[]) => breaches.map(({ rule }) => rule);

describe.each([...COMMAND_RULES, ...SEQUENCE_RULES])('$id', (rule) => {
  it.each(rule.positives)('catches %s', (script) => {
    expect(ids(judgeScript(script))).toContain(rule.id);
  });
  it.each(rule.negatives)('lets pass %s', (script) => {
    expect(ids(judgeScript(script))).toEqual([]);
  });
});

describe.each(SQL_RULES)('$id', (rule) => {
  it.each(rule.positives)('catches %s', (sql) => {
    expect(ids(judgeSql(sql, 'standard'))).toContain(rule.id);
  });
  it.each(rule.negatives)('lets pass %s', (sql) => {
    expect(ids(judgeSql(sql, 'standard'))).toEqual([]);
  });
});

describe.each(TOOL_NAME_RULES)('$id', (rule) => {
  it.each(rule.positives)('catches %s', (name) => {
    expect(matchToolName(wordsOfToolName(name))?.id).toBe(rule.id);
  });
  it.each(rule.negatives)('lets pass %s', (name) => {
    expect(matchToolName(wordsOfToolName(name))).toBeUndefined();
  });
});

it('gives every rule an id of its own', () => {
  const all = ids(
    [...COMMAND_RULES, ...SEQUENCE_RULES, ...SQL_RULES, ...TOOL_NAME_RULES].map(({ id }) => ({ rule: id })),
  );
  expect(new Set(all).size).toBe(all.length);
});
