import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCodeOf } from '#foundation/errors';
import { type DoctorDeps, type Finding, fail, pass } from './check.ts';

/** A directory of ours, or a place where the first start can make one. */
export async function checkHome({ home }: DoctorDeps): Promise<Finding> {
  const { root } = home;
  const isDirectory = await stat(root).then(
    (found) => found.isDirectory(),
    (error) => (systemCodeOf(error) === 'ENOENT' ? undefined : false),
  );
  if (isDirectory === false) return fail(`${root} is not a directory`, 'name another: --home or SYSTEMPROMPT_HOME');
  const place = isDirectory === undefined ? await nearestDirectory(root) : root;
  try {
    await access(place, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return fail(`${place} cannot be written by this user`, `chown -R "$USER" ${place}, or name another with --home`);
  }
  return pass(isDirectory === undefined ? `${root}; the first start makes it` : root);
}

/** The part of the path that is there already. */
async function nearestDirectory(path: string): Promise<string> {
  const parent = dirname(path);
  if (parent === path) return path;
  return stat(parent).then(
    () => parent,
    () => nearestDirectory(parent),
  );
}
