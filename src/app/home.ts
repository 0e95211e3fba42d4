import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** The directory of one installation's state. Deleting it is a clean slate. */
export type Home = {
  readonly root: string;
  readonly profile: string;
  readonly profileFile: string;
  readonly secrets: string;
  readonly keys: string;
  readonly journal: string;
  readonly audit: string;
  readonly logs: string;
  readonly postgres: string;
  readonly children: string;
  /** Where the running server says how it is reached; 0600. */
  readonly runtimeFile: string;
};

export function homeAt(root: string, profile: string): Home {
  return {
    root,
    profile,
    profileFile: join(root, 'profiles', profile, 'profile.yaml'),
    secrets: join(root, 'secrets'),
    keys: join(root, 'keys'),
    journal: join(root, 'journal'),
    audit: join(root, 'audit'),
    logs: join(root, 'logs'),
    postgres: join(root, 'postgres'),
    children: join(root, 'children'),
    runtimeFile: join(root, 'runtime.json'),
  };
}

const DIRECTORY_MODE = 0o700;

/** Makes the directories that are missing, readable by their owner alone. */
export function prepareHome(home: Home): void {
  for (const directory of [home.root, home.secrets, home.keys, home.journal, home.audit, home.logs, home.children]) {
    mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
  }
}
