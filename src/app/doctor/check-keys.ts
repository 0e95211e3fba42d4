import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCodeOf } from '#foundation/errors';
import { type DoctorDeps, type Finding, fail, pass } from './check.ts';

const FOR_OTHERS = 0o077;

/** Whatever opens or signs something is readable by its owner alone. */
export async function checkKeys({ home, userId }: DoctorDeps): Promise<Finding> {
  const directories = [home.secrets, home.keys];
  const listings = await Promise.all(directories.map(filesUnder));
  const paths = [...directories, ...listings.flat(), home.runtimeFile];
  let checked = 0;
  for (const path of paths) {
    const status = await statusOf(path);
    if (status === undefined) continue;
    checked++;
    if (userId === undefined) continue;
    if (status.isSymbolicLink()) {
      return fail(
        `${path} is a symbolic link`,
        `put the file itself there: cp --remove-destination "$(readlink -f ${path})" ${path}`,
      );
    }
    if ((status.mode & FOR_OTHERS) !== 0) {
      const mode = (status.mode & 0o777).toString(8);
      return fail(`${path} may be read by others (mode ${mode})`, `chmod ${status.isDirectory() ? 700 : 600} ${path}`);
    }
    if (status.uid !== userId) return fail(`${path} belongs to another user`, `chown ${userId} ${path}`);
  }
  return pass(
    checked === 0 ? 'no keys yet; the first start makes them' : `${checked} files, readable by their owner alone`,
  );
}

async function filesUnder(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory, { recursive: true })).map((name) => join(directory, name));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

async function statusOf(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** ENOTDIR: the home itself is no directory, which is the first check's to say. */
function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error) ?? '');
}
