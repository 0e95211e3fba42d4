import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { type RouteProblem, routeProblems } from '#features/gateway/route-problems';
import { assembleConfigSchema } from '#foundation/config-file/assemble-schema';
import { formatPath } from '#foundation/config-file/config-node';
import type { ConfigProblem } from '#foundation/config-file/config-problem';
import { type ConfigResult, loadConfigTree } from '#foundation/config-file/load-config-tree';
import { type Clock, systemClock } from '#foundation/time';
import { type Extensions, loadExtensions } from '../extensions/extensions.ts';
import { PROFILE_SLICES, SERVICES_SLICES } from './config-slices.ts';

export const profileSchema = assembleConfigSchema(PROFILE_SLICES);
export const servicesSchema = assembleConfigSchema(SERVICES_SLICES);

export type Profile = z.infer<typeof profileSchema>;
export type Services = z.infer<typeof servicesSchema>;

/** The whole configuration: both roots, complete by their defaults, and the code that the profile names. */
export type Configuration = { readonly profile: Profile; readonly services: Services; readonly extensions: Extensions };

export type ConfigurationFiles = {
  readonly profileFile: string;
  readonly servicesDirectory: string;
  /** Where relative paths of extensions begin. */
  readonly home: string;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads both roots; a missing root file is an empty one, in a directory that is there. Every problem is in the result. */
export async function loadConfiguration(
  files: ConfigurationFiles,
  env: Environment,
  clock: Clock = systemClock,
): Promise<ConfigResult<Configuration>> {
  const read = (path: string) => readFile(path, 'utf8');
  const common = { env, readFile: read, rootOptional: true };
  const profile = await loadConfigTree({ root: files.profileFile, schema: profileSchema, ...common });
  const services = await loadConfigTree({
    root: join(files.servicesDirectory, 'config', 'config.yaml'),
    schema: servicesSchema,
    ...common,
  });
  const sources = [...profile.sources, ...services.sources];
  const absent = await absentDirectory(files.servicesDirectory);
  if (!profile.ok || !services.ok || absent.length > 0) {
    const problems = [profile, services].flatMap((result) => (result.ok ? [] : result.problems));
    return { ok: false, problems: [...problems, ...absent], sources };
  }
  const {
    extensions,
    problems: failures,
    files: code,
  } = await loadExtensions(profile.value.extensions, files.home, clock);
  const placed = ({ path, message }: RouteProblem): ConfigProblem => ({
    ...profile.locate(path),
    path: formatPath(path),
    message,
  });
  const crossed = [
    ...failures.map(({ index, message }) => ({ path: ['extensions', index], message })),
    // A route to a provider of an extension that did not load is no second mistake.
    ...(failures.length > 0 ? [] : routeProblems(profile.value.gateway, profile.value.providers, extensions.providers)),
  ].map(placed);
  sources.push(...code);
  if (crossed.length > 0) return { ok: false, problems: crossed, sources };
  return {
    ok: true,
    value: { profile: profile.value, services: services.value, extensions },
    sources,
    locate: (path) => (path[0] === 'profile' ? profile.locate(path.slice(1)) : services.locate(path.slice(1))),
  };
}

/** A tree that was named and is not there was mistyped; to start without its servers and rules would hide that. */
async function absentDirectory(directory: string): Promise<readonly ConfigProblem[]> {
  const isDirectory = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isDirectory) return [];
  const message = 'there is no such directory; --services or SYSTEMPROMPT_SERVICES names the configuration tree';
  return [{ file: directory, line: 1, column: 1, path: '', message }];
}
