import { stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, OperatingError } from '#foundation/errors';
import type { Clock } from '#foundation/time';
import { type DefinedExtension, parseExtension } from './extension.ts';

/** An extension and the state of its file, so that another state is another configuration. */
export type LoadedExtension = DefinedExtension & { readonly file: string; readonly version: string };

const LOADING_MS_MAX = 10_000;
const WRITABLE_BY_ALL = 0o002;
const MESSAGE_CHARACTERS_MAX = 300;

/** The file that a profile means: absolute, or a path that stays below the home. */
export function extensionFile(path: string, home: string): string {
  const file = resolve(home, path);
  const below = relative(home, file);
  if (isAbsolute(path) || !(below.startsWith('..') || isAbsolute(below))) return file;
  throw refused(path, 'leads out of the home', 'write the path in full, from the root of the file system');
}

/**
 * Runs the file, which is trusted as this program's own code is, and answers the `extension` that it exports. Throws
 * `invalid_input` with the file, what is wrong and what mends it. Another state of the file is loaded anew; modules that
 * it imports are not.
 */
export async function loadExtension(file: string, clock: Clock): Promise<LoadedExtension> {
  const version = await versionOf(file);
  const module = await runFile(file, version, clock);
  if (module.extension === undefined) {
    throw refused(file, 'exports no extension', 'write: export const extension: Extension = { name: ... }');
  }
  try {
    return { ...parseExtension(module.extension), file, version };
  } catch (error) {
    throw refused(file, messageOf(error), error instanceof OperatingError ? (error.remedy ?? '') : 'mend the file');
  }
}

async function versionOf(file: string): Promise<string> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  if (found === undefined) throw refused(file, 'is not there, or cannot be read', 'mend the path in the profile');
  if (!found.isFile()) throw refused(file, 'is not a file', 'name the file that exports the extension');
  // Windows has no such bits, and sets them all.
  if (process.platform !== 'win32' && (Number(found.mode) & WRITABLE_BY_ALL) !== 0) {
    throw refused(file, 'can be changed by every user of this machine', `chmod o-w ${file}`);
  }
  return `${found.ino}-${found.size}-${found.mtimeNs}`;
}

async function runFile(file: string, version: string, clock: Clock): Promise<Readonly<Record<string, unknown>>> {
  const overdue = Promise.withResolvers<never>();
  const cancel = clock.after(LOADING_MS_MAX, () =>
    overdue.reject(refused(file, `was not loaded within ${LOADING_MS_MAX} ms`, 'take out what its import waits for')),
  );
  const address = `${pathToFileURL(file).href}?version=${version}`;
  try {
    return await Promise.race([import(/* @vite-ignore */ address), overdue.promise]);
  } catch (error) {
    if (error instanceof OperatingError) throw error;
    const message = messageOf(error).split('\n', 1).join('').slice(0, MESSAGE_CHARACTERS_MAX);
    throw refused(file, `fails as it is loaded: ${message}`, 'mend the file, or take it out of the profile');
  } finally {
    cancel();
  }
}

function refused(file: string, what: string, remedy: string): OperatingError {
  return new OperatingError('invalid_input', 'extension', `the extension ${file} ${what}; ${remedy}`, {
    where: file,
    remedy,
  });
}
