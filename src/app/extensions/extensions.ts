import { z } from 'zod';
import { isBuiltInProvider } from '#features/gateway/provider';
import type { RegisteredProvider } from '#features/gateway/registered-provider';
import { messageOf } from '#foundation/errors';
import type { Clock } from '#foundation/time';
import type { RegisteredCheck } from '#governance/policy/registered-check';
import type { SecretRule } from '#governance/secret-scan/rule';
import { extensionFile, type LoadedExtension, loadExtension } from './load-extension.ts';

const EXTENSIONS_MAX = 64;

/** `extensions` at the root of the profile. */
export const extensionsConfigSchema = z
  .array(z.string().min(1).max(4_096))
  .max(EXTENSIONS_MAX)
  .default([])
  .describe(
    'Files of code of your own that joins this process: paths below the home, or absolute ones. They are trusted as the program itself is; docs/guides/extensions.md says what they may register.',
  );

/** All that extensions register, in the order in which the profile names them. */
export type Extensions = {
  readonly loaded: readonly { readonly name: string; readonly file: string; readonly version: string }[];
  readonly providers: readonly RegisteredProvider[];
  readonly secretRules: readonly SecretRule[];
  readonly checks: readonly RegisteredCheck[];
};

/** `index` is the place in the profile's list. */
export type ExtensionProblem = { readonly index: number; readonly message: string };

export type ExtensionsResult = {
  readonly extensions: Extensions;
  readonly problems: readonly ExtensionProblem[];
  /** The files that were asked for, missing ones too. */
  readonly files: readonly string[];
};

/** Loads one after the other; what one does wrong does not hide what another does. */
export async function loadExtensions(paths: readonly string[], home: string, clock: Clock): Promise<ExtensionsResult> {
  const files: string[] = [];
  const loaded: { readonly index: number; readonly extension: LoadedExtension }[] = [];
  const problems: ExtensionProblem[] = [];
  for (const [index, path] of paths.entries()) {
    try {
      const file = extensionFile(path, home);
      files.push(file);
      loaded.push({ index, extension: await loadExtension(file, clock) });
    } catch (error) {
      problems.push({ index, message: messageOf(error) });
    }
  }
  const all = loaded.map(({ extension }) => extension);
  return {
    extensions: {
      loaded: all.map(({ name, file, version }) => ({ name, file, version })),
      providers: all.flatMap(({ providers }) => providers),
      secretRules: all.flatMap(({ secretRules }) => secretRules),
      checks: all.flatMap(({ checks }) => checks),
    },
    problems: [...problems, ...takenTwice(loaded)],
    files,
  };
}

/** Two strangers that want one name cannot both have it, and which of them gets it must not depend on their order. */
function takenTwice(
  loaded: readonly { readonly index: number; readonly extension: LoadedExtension }[],
): readonly ExtensionProblem[] {
  const owners = new Map<string, string>();
  const problems: ExtensionProblem[] = [];
  for (const { index, extension } of loaded) {
    for (const taken of namesOf(extension)) {
      const owner = owners.get(taken);
      if (owner === undefined) {
        owners.set(taken, extension.file);
        continue;
      }
      const message = `the extension ${extension.file} brings the ${taken}, which ${owner} brought; give it another name`;
      problems.push({ index, message });
    }
  }
  return problems;
}

function namesOf(extension: LoadedExtension): readonly string[] {
  return [
    `extension name ${extension.name}`,
    ...extension.providers.map(({ name }) => `provider ${name}`),
    ...extension.secretRules.map(({ id }) => `secret rule ${id}`),
    ...extension.checks.map(({ id }) => `check ${id}`),
  ];
}

/** Tags that were taken already: allowed, and told. */
export function shadowedProviders(
  { providers }: Extensions,
  configured: readonly { readonly name: string }[],
): readonly string[] {
  return providers.flatMap(({ name }) => [
    ...(isBuiltInProvider(name)
      ? [`the provider ${name} of an extension takes the place of the built-in provider of this name`]
      : []),
    ...(configured.some((provider) => provider.name === name)
      ? [`the provider ${name} of the profile takes the place of the one that an extension registers`]
      : []),
  ]);
}
