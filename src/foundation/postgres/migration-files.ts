import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, OperatingError } from '../errors.ts';

/** One step of the linear SQL story, as it stands on disk. */
export type MigrationFile = {
  readonly version: number;
  /** The file name, such as `0002_audit.sql`. */
  readonly name: string;
  readonly path: string;
  readonly sql: string;
  /** SHA-256 of the text with line feeds only, so that a checkout with CRLF is the same migration. */
  readonly checksum: string;
};

const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;

/** Every migration of the directory in order; throws on a file whose name breaks the rule and on two with one number. */
export async function readMigrationFiles(directory: string): Promise<readonly MigrationFile[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    throw migrationError('migrations_unreadable', messageOf(error), directory, 'reinstall the package');
  });
  const files: MigrationFile[] = [];
  for (const name of names.filter((candidate) => candidate.endsWith('.sql')).sort()) {
    const path = join(directory, name);
    const version = Number(FILE_NAME.exec(name)?.[1]);
    if (!Number.isInteger(version)) {
      const message = `the migration ${name} is not named NNNN_lower_case.sql`;
      throw migrationError('migration_name', message, path, 'rename the file');
    }
    const before = files[files.length - 1];
    if (before?.version === version) {
      const message = `the migrations ${before.name} and ${name} have the same number`;
      throw migrationError('migration_number', message, path, 'give the newer one the next free number');
    }
    const sql = (await readFile(path, 'utf8')).replaceAll('\r\n', '\n');
    files.push({ version, name, path, sql, checksum: createHash('sha256').update(sql).digest('hex') });
  }
  return files;
}

export function migrationError(code: string, message: string, where: string, remedy: string): OperatingError {
  return new OperatingError('conflict', code, message, { where, remedy });
}
