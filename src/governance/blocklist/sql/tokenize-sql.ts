/**
 * Cuts SQL into tokens, well enough to know what is a keyword and what only looks like one: comments (nested ones as
 * PostgreSQL has them), string literals (doubled quotes, `E''`, dollar quotes, MySQL's backslashes) and quoted
 * identifiers (`"x"`, `` `x` ``, `[x]`) never give keywords.
 */
export type SqlToken = {
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'symbol';
  /** A word in upper case; the content of a string or a quoted name; else the character itself. */
  readonly text: string;
  /** How many parentheses are open around it. */
  readonly depth: number;
};

/** MySQL and SQLite do not nest comments; MySQL also knows `#` comments and backslashes in strings. */
export type SqlDialect = 'standard' | 'mysql' | 'sqlite';

export const SQL_CHARACTERS_MAX = 256 * 1_024;

export function tokenizeSql(text: string, dialect: SqlDialect): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  let depth = 0;
  let index = 0;
  while (index < text.length) {
    const comment = endOfComment(text, index, dialect);
    if (comment !== undefined) {
      // MySQL runs what stands in /*! ... */; elsewhere nobody writes that.
      const executable = /^\/\*[!M]!?\d*/.exec(text.slice(index, index + 12));
      if (executable !== null) {
        const body = text.slice(index + executable[0].length, comment).replace(/\*\/$/, '');
        for (const token of tokenizeSql(body, dialect)) tokens.push({ ...token, depth: token.depth + depth });
      }
      index = comment;
      continue;
    }
    const { token, end } = readToken(text, index, dialect);
    if (token !== undefined) {
      if (token.text === ')' && token.kind === 'symbol') depth = Math.max(0, depth - 1);
      tokens.push({ ...token, depth });
      if (token.text === '(' && token.kind === 'symbol') depth++;
    }
    index = end;
  }
  return tokens;
}

/** The index after the comment that begins at `index`; undefined when none does. */
function endOfComment(text: string, index: number, dialect: SqlDialect): number | undefined {
  const two = text.slice(index, index + 2);
  const isLine =
    (two === '--' && (dialect !== 'mysql' || /^--(?:\s|$)/.test(text.slice(index, index + 3)))) ||
    (dialect === 'mysql' && two.startsWith('#'));
  if (isLine) {
    const end = text.indexOf('\n', index);
    return end < 0 ? text.length : end + 1;
  }
  return two === '/*' ? endOfBlockComment(text, index, dialect) : undefined;
}

function endOfBlockComment(text: string, start: number, dialect: SqlDialect): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start + 2;
  let open = 1;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === '*/') open--;
    else if (dialect === 'standard') open++;
    if (open === 0) return marks.lastIndex;
  }
  return text.length;
}

type Reading = { readonly token: Omit<SqlToken, 'depth'> | undefined; readonly end: number };

function readToken(text: string, index: number, dialect: SqlDialect): Reading {
  const character = text[index] ?? '';
  if (/\s/.test(character)) return { token: undefined, end: index + 1 };
  if (character === "'") return readQuoted(text, index, "'", 'string', dialect === 'mysql');
  if (character === '"')
    return readQuoted(text, index, '"', dialect === 'mysql' ? 'string' : 'name', dialect === 'mysql');
  if (character === '`') return readQuoted(text, index, '`', 'name', false);
  if (character === '$' && dialect === 'standard') {
    const quoted = readDollarQuoted(text, index);
    if (quoted !== undefined) return quoted;
  }
  if (character === '[') {
    const name = matchAt(/\[[A-Za-z_][\w $.-]{0,127}\]/y, text, index);
    if (name !== undefined) return { token: { kind: 'name', text: name.slice(1, -1) }, end: index + name.length };
  }
  if (/[eE]/.test(character) && text[index + 1] === "'") return readQuoted(text, index + 1, "'", 'string', true);
  const word = matchAt(/[\p{L}_][\p{L}\p{N}_$]*/uy, text, index);
  if (word !== undefined) return { token: { kind: 'word', text: word.toUpperCase() }, end: index + word.length };
  const number = matchAt(/\d[\w.]*/y, text, index);
  if (number !== undefined) return { token: { kind: 'number', text: number }, end: index + number.length };
  return { token: { kind: 'symbol', text: character }, end: index + 1 };
}

function matchAt(pattern: RegExp, text: string, index: number): string | undefined {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0];
}

/** A quote that never closes is a symbol, so that what follows it is read as SQL rather than hidden. */
function readQuoted(
  text: string,
  start: number,
  quote: string,
  kind: 'string' | 'name',
  hasBackslashes: boolean,
): Reading {
  let index = start + 1;
  while (index < text.length) {
    const character = text[index];
    if (character === '\\' && hasBackslashes) index += 2;
    else if (character !== quote) index++;
    else if (text[index + 1] === quote) index += 2;
    else {
      const content = text.slice(start + 1, index).replaceAll(quote + quote, quote);
      return { token: { kind, text: content }, end: index + 1 };
    }
  }
  return { token: { kind: 'symbol', text: quote }, end: start + 1 };
}

function readDollarQuoted(text: string, start: number): Reading | undefined {
  const tag = matchAt(/\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy, text, start);
  if (tag === undefined) return undefined;
  const close = text.indexOf(tag, start + tag.length);
  if (close < 0) return undefined;
  return { token: { kind: 'string', text: text.slice(start + tag.length, close) }, end: close + tag.length };
}
