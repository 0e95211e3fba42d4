/** Verifies an NDJSON export away from database and journal: only the file, the public keys, and checkpoints. */
import { isJsonObject, type JsonObject, parseTrustedJson, stringMember } from '#foundation/json';
import { type LogBase, LogVerifier, validHeads } from './verify-log.ts';
import { Problems, type VerifyReport } from './verify-report.ts';

export type VerifyExportOptions = {
  /** The lines of the export, without line feeds. Read twice: checkpoints stand behind the records that they sign. */
  readonly lines: () => AsyncIterable<string>;
  readonly keys: readonly Buffer[];
  /** Checkpoints that were kept apart from the export, such as those of `audit.checkpoint_export_file`. */
  readonly notes?: readonly string[];
  /** Called with the number of records that were just verified. */
  readonly onProgress?: (records: number) => void;
};

const RECORD_LINE_START = '{"type":"record","record":';

export async function verifyExport(options: VerifyExportOptions): Promise<VerifyReport> {
  const problems = new Problems();
  const { notes, bases } = await readStatements(options.lines());
  const verifiers = new Map<string, LogVerifier>();

  function verifierOf(logId: string): LogVerifier {
    const known = verifiers.get(logId);
    if (known !== undefined) return known;
    const all = [...(notes.get(logId) ?? []), ...notesOf(options.notes ?? [], logId)];
    const verifier = new LogVerifier(logId, validHeads(all, logId, options.keys, problems), problems, bases.get(logId));
    verifiers.set(logId, verifier);
    return verifier;
  }

  let current = '';
  for await (const line of options.lines()) {
    if (line.startsWith(RECORD_LINE_START)) {
      options.onProgress?.(1);
      verifierOf(current).add(Buffer.from(line.slice(RECORD_LINE_START.length, -1)));
      if (!line.endsWith('}')) problems.add('malformed', current, null, 'a record line is cut off');
      continue;
    }
    const statement = parseStatement(line);
    if (statement === undefined)
      problems.add('malformed', current, null, `a line is not of an audit export: ${line.slice(0, 40)}`);
    else if (statement.type === 'log') current = stringMember(statement, 'log_id') ?? '';
  }
  for (const logId of notes.keys()) verifierOf(logId);
  return problems.report(
    'export',
    [...verifiers.values()].map((verifier) => verifier.finish()),
  );
}

type Statements = { readonly notes: Map<string, string[]>; readonly bases: Map<string, LogBase> };

async function readStatements(lines: AsyncIterable<string>): Promise<Statements> {
  const notes = new Map<string, string[]>();
  const bases = new Map<string, LogBase>();
  for await (const line of lines) {
    if (line.startsWith(RECORD_LINE_START)) continue;
    const statement = parseStatement(line);
    const logId = stringMember(statement, 'log_id') ?? '';
    if (statement?.type === 'base') bases.set(logId, baseOf(statement));
    if (statement?.type !== 'log' && statement?.type !== 'checkpoint') continue;
    const known = notes.get(logId) ?? [];
    notes.set(logId, known);
    if (statement.type === 'checkpoint') known.push(stringMember(statement, 'note') ?? '');
  }
  return { notes, bases };
}

function parseStatement(line: string): JsonObject | undefined {
  try {
    const value = parseTrustedJson(line);
    return isJsonObject(value) && ['log', 'base', 'record', 'checkpoint'].includes(String(value.type))
      ? value
      : undefined;
  } catch {
    return undefined;
  }
}

function baseOf(statement: JsonObject): LogBase {
  const { size, peaks } = statement;
  return {
    size: typeof size === 'number' ? size : 0,
    peaks: Array.isArray(peaks) ? peaks.map((peak) => Buffer.from(String(peak), 'base64')) : [],
    previousLeaf: stringMember(statement, 'previous_leaf') ?? '',
  };
}

/** Of notes from many logs, those of this one: the first line of a note says which. */
export function notesOf(notes: readonly string[], logId: string): readonly string[] {
  return notes.filter((note) => note.startsWith(`systemprompt/${logId}\n`));
}

/** Splits a file of notes, each ended by an empty line after its signatures. */
export function splitNotes(text: string): readonly string[] {
  return text.match(/systemprompt\/[^\n]*\n\d+\n[^\n]*\n\n(?:\u2014 [^\n]*\n?)+/g) ?? [];
}
