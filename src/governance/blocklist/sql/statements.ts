import { SQL_CHARACTERS_MAX, type SqlDialect, type SqlToken, tokenizeSql } from './tokenize-sql.ts';

/** One statement, without its semicolon. */
export type Statement = readonly SqlToken[];

const NESTING_MAX = 4;

/** The statements of a text, and those inside strings that a statement runs: `DO $$...$$`, `EXECUTE '...'`. */
export function readStatements(text: string, dialect: SqlDialect, nesting = 0): readonly Statement[] {
  const statements: Statement[] = [];
  let statement: SqlToken[] = [];
  for (const token of tokenizeSql(text.slice(0, SQL_CHARACTERS_MAX), dialect)) {
    if (token.kind === 'symbol' && token.text === ';') {
      statements.push(statement);
      statement = [];
    } else {
      statement.push(token);
    }
  }
  statements.push(statement);
  const run = nesting < NESTING_MAX ? statements.filter(runsItsStrings).flatMap(stringsOf) : [];
  return [
    ...statements.filter(({ length }) => length > 0),
    ...run.flatMap((inner) => readStatements(inner, dialect, nesting + 1)),
  ];
}

function runsItsStrings(statement: Statement): boolean {
  const first = wordAt(statement, 0);
  if (first === 'DO' || first === 'PREPARE') return true;
  return statement.some(({ kind, text }) => kind === 'word' && /^(?:EXECUTE|EXEC|SP_EXECUTESQL)$/.test(text));
}

function stringsOf(statement: Statement): readonly string[] {
  return statement.filter(({ kind }) => kind === 'string').map(({ text }) => text);
}

/** The keyword at `index` in upper case; empty when something else stands there. */
export function wordAt(statement: Statement, index: number): string {
  const token = statement[index];
  return token?.kind === 'word' ? token.text : '';
}

export function symbolAt(statement: Statement, index: number): string {
  const token = statement[index];
  return token?.kind === 'symbol' ? token.text : '';
}

/** Whether a statement of its own may begin at `index`: at the start, after BEGIN, THEN and the like. */
export function beginsAt(statement: Statement, index: number): boolean {
  if (index === 0) return true;
  return /^(?:BEGIN|THEN|ELSE|LOOP|ANALYZE|EXPLAIN|VERBOSE|TRANSACTION)$/.test(wordAt(statement, index - 1));
}

/** The same, or inside parentheses or after them, where a common table expression may stand. */
export function beginsInnerAt(statement: Statement, index: number): boolean {
  return (
    beginsAt(statement, index) || /^[()]$/.test(symbolAt(statement, index - 1)) || wordAt(statement, index - 1) === 'AS'
  );
}

/** Whether rows are chosen: a WHERE on the level of the token at `index`, before that level ends, that is not always true. */
export function choosesRows(statement: Statement, index: number): boolean {
  const level = statement[index]?.depth ?? 0;
  for (let next = index + 1; next < statement.length; next++) {
    const token = statement[next];
    if (token === undefined || token.depth < level) return false;
    if (token.kind === 'word' && token.text === 'WHERE' && token.depth === level) {
      return !isAlwaysTrue(conditionAfter(statement, next, level));
    }
  }
  return false;
}

function conditionAfter(statement: Statement, index: number, level: number): Statement {
  const rest = statement.slice(index + 1);
  const end = rest.findIndex(
    ({ kind, text, depth }) =>
      depth < level || (depth === level && kind === 'word' && /^(?:RETURNING|ORDER|LIMIT|OPTION|SETTINGS)$/.test(text)),
  );
  return end < 0 ? rest : rest.slice(0, end);
}

/** `1`, `TRUE`, `1 = 1`, `x = x`, or any of them behind an OR. */
function isAlwaysTrue(condition: Statement): boolean {
  const bare = condition.filter(({ kind, text }) => kind !== 'symbol' || !/^[()]$/.test(text));
  const parts: SqlToken[][] = [[]];
  for (const token of bare) {
    if (token.kind === 'word' && token.text === 'OR') parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.some(isTruism);
}

function isTruism(part: Statement): boolean {
  const [left, operator, right] = part;
  if (left === undefined) return false;
  if (part.length === 1) return left.text === 'TRUE' || (left.kind === 'number' && Number(left.text) !== 0);
  if (part.length !== 3 || operator?.text !== '=' || right === undefined) return false;
  return left.kind === right.kind && left.text === right.text;
}
