import { TOOL_NAME_RULES, type ToolNameRule } from './rules/tool-names.ts';

/**
 * The words of a tool's own name, in lower case: `mcp__db__DeleteRecords` is `delete`, `records`. A server's name says
 * nothing of what its tool does.
 */
export function wordsOfToolName(name: string): readonly string[] {
  const own = /^mcp__.*?__(.+)$/is.exec(name)?.[1] ?? name;
  return own
    .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/**
 * The first rule whose verb and object stand among the words. They are two words, or the only one; an object in the
 * plural is that object.
 */
export function matchToolName(words: readonly string[]): ToolNameRule | undefined {
  return TOOL_NAME_RULES.find(({ verbs, objects }) => {
    const isObject = (word: string) => objects.has(word) || objects.has(singular(word));
    return words.some((verb, at) => {
      if (!verbs.has(verb)) return false;
      return words.some((word, other) => (other !== at || words.length === 1) && isObject(word));
    });
  });
}

/** The first of `patterns` whose words stand in the name, side by side and whole. */
export function matchPattern(words: readonly string[], patterns: readonly string[]): string | undefined {
  return patterns.find((pattern) => {
    const wanted = wordsOfToolName(pattern);
    if (wanted.length === 0) return false;
    return words.some((_, start) => wanted.every((word, offset) => words[start + offset] === word));
  });
}

function singular(word: string): string {
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (/(?:ss|x|ch|sh)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith('s') ? word.slice(0, -1) : word;
}
