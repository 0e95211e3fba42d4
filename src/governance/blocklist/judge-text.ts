/** Judges one text, a shell script or SQL, by every rule. */
import type { Category } from './category.ts';
import { COMMAND_RULES } from './rules/command-rules.ts';
import { isSqlClient, shellEscapesOf, sqlOf } from './rules/database.ts';
import { SEQUENCE_RULES } from './rules/fetched-file.ts';
import type { CommandRule } from './rules/rule.ts';
import type { ProgramCall } from './shell/program-call.ts';
import { rawCalls } from './shell/raw-words.ts';
import { readArguments, readScript, type ScriptReading } from './shell/read-script.ts';
import { SQL_RULES } from './sql/sql-rules.ts';
import { readStatements } from './sql/statements.ts';
import { SQL_CHARACTERS_MAX, type SqlDialect } from './sql/tokenize-sql.ts';

/** A rule that a text breaks. */
export type Breach = { readonly rule: string; readonly category: Category; readonly says: string };

/** Programs whose mere name in a text that no grammar explains is too much. */
const ALARMING: ReadonlyMap<string, Category> = new Map<string, Category>([
  ['rm', 'file-system'],
  ['srm', 'file-system'],
  ['remove-item', 'file-system'],
  ['shred', 'disk-device'],
  ['dd', 'disk-device'],
  ['mkfs', 'disk-device'],
  ['wipefs', 'disk-device'],
  ['blkdiscard', 'disk-device'],
  ['fdisk', 'disk-device'],
  ['parted', 'disk-device'],
  ['eval', 'remote-code'],
  ['sudo', 'privilege'],
  ['su', 'privilege'],
  ['doas', 'privilege'],
  ['chown', 'privilege'],
  ['chmod', 'privilege'],
  ['shutdown', 'process-power'],
  ['reboot', 'process-power'],
  ['poweroff', 'process-power'],
  ['killall', 'process-power'],
  ['pkill', 'process-power'],
]);

const RULES_OF_PROGRAM = indexByProgram(COMMAND_RULES);

export function isKnownProgram(name: string): boolean {
  return RULES_OF_PROGRAM.has(name) || isSqlClient(name);
}

export function judgeScript(script: string): readonly Breach[] {
  return judgeReading(readScript(script, isKnownProgram));
}

/** Words that are run without a shell. */
export function judgeArguments(words: readonly string[]): readonly Breach[] {
  return judgeReading(readArguments(words, isKnownProgram));
}

export function judgeSql(text: string, dialect: SqlDialect): readonly Breach[] {
  if (text.length > SQL_CHARACTERS_MAX) {
    return [{ rule: 'unparsable', category: 'database', says: 'SQL that is too long to be read' }];
  }
  const statements = readStatements(text, dialect);
  return SQL_RULES.filter((rule) => statements.some((statement) => rule.matches(statement))).map(breachOf);
}

function judgeReading(reading: ScriptReading): readonly Breach[] {
  const sequences = SEQUENCE_RULES.filter((rule) => rule.matches(reading.calls)).map(breachOf);
  return [...reading.calls.flatMap(judgeCall), ...sequences, ...reading.unparsable.flatMap(judgeUnparsable)];
}

function judgeCall(call: ProgramCall): readonly Breach[] {
  const breaches = rulesOf(call)
    .filter((rule) => rule.matches(call))
    .map(breachOf);
  const { texts, dialect } = sqlOf(call);
  if (texts.length === 0) return breaches;
  const inside = texts.flatMap((sql) => [...judgeSql(sql, dialect), ...shellEscapesOf(sql).flatMap(judgeScript)]);
  return [...breaches, ...inside];
}

/** What no grammar explains is denied when it names a destructive program, and its words are judged all the same. */
function judgeUnparsable(text: string): readonly Breach[] {
  const alarming = rawCalls(text, (name) => ALARMING.has(name)).map(({ program }): Breach => {
    const says = `a shell text that cannot be read to its end and names ${program}`;
    return { rule: 'unparsable', category: ALARMING.get(program) ?? 'file-system', says };
  });
  const words = rawCalls(text, isKnownProgram).flatMap((call) => rulesOf(call).filter((rule) => rule.matches(call)));
  return [...alarming, ...words.map(breachOf)];
}

function rulesOf({ program }: ProgramCall): readonly CommandRule[] {
  return RULES_OF_PROGRAM.get(program) ?? [];
}

function breachOf({ id, category, says }: { id: string; category: Category; says: string }): Breach {
  return { rule: id, category, says };
}

function indexByProgram(rules: readonly CommandRule[]): ReadonlyMap<string, readonly CommandRule[]> {
  const index = new Map<string, CommandRule[]>();
  for (const rule of rules) {
    for (const program of rule.programs) index.set(program, [...(index.get(program) ?? []), rule]);
  }
  return index;
}
