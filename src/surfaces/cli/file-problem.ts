import { type ErrorKind, OperatingError, systemCodeOf } from '#foundation/errors';

type Row = { readonly kind: ErrorKind; readonly says: string; readonly remedy: string };

/** What the operating system says of a file that a person named, in words. */
const FILE_PROBLEMS: Readonly<Record<string, Row>> = {
  ENOENT: { kind: 'not_found', says: 'there is no such file or directory', remedy: 'check the path, or make it first' },
  ENOTDIR: { kind: 'invalid_input', says: 'a part of the path is not a directory', remedy: 'check the path' },
  EISDIR: { kind: 'invalid_input', says: 'this is a directory', remedy: 'name a file in it' },
  EEXIST: { kind: 'conflict', says: 'this exists already', remedy: 'name another, or remove it first' },
  EACCES: {
    kind: 'invalid_input',
    says: 'this user may not do that there',
    remedy: 'run it as the user that owns the path, or change who may (ls -ld shows it)',
  },
  EROFS: { kind: 'invalid_input', says: 'the file system is read-only', remedy: 'name a path that can be written' },
  ENOSPC: { kind: 'internal', says: 'the disk is full', remedy: 'free some space and run it again' },
};

/** A file that is not there is no fault of the program: where, why and what to do. Anything else stays as it is. */
export function explainFileProblem(thrown: unknown): unknown {
  const row = FILE_PROBLEMS[systemCodeOf(thrown) ?? ''];
  if (row === undefined || thrown instanceof OperatingError) return thrown;
  const path = thrown instanceof Error && 'path' in thrown ? thrown.path : undefined;
  if (typeof path !== 'string') return thrown;
  const code = `file_${systemCodeOf(thrown)?.toLowerCase()}`;
  return new OperatingError(row.kind, code, `${path}: ${row.says}`, { remedy: row.remedy, cause: thrown });
}
