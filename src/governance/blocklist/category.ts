/**
 * What can be destroyed or given away, by the words of whoever must answer for it. `tool-name` is for tools whose name
 * says that they destroy and not what.
 */
export const CATEGORIES = [
  'file-system',
  'database',
  'git-history',
  'disk-device',
  'remote-code',
  'privilege',
  'process-power',
  'cloud',
  'kubernetes',
  'mail',
  'payment',
  'tool-name',
] as const;

export type Category = (typeof CATEGORIES)[number];

export const CATEGORY_DESCRIPTIONS: Readonly<Record<Category, string>> = {
  'file-system': 'Deleting or overwriting the root, a home, system paths, or the whole of a working directory.',
  database: 'Dropping or truncating tables and the like; DELETE and UPDATE that touch every row.',
  'git-history': 'Rewriting or discarding history and work: forced pushes, hard resets, cleaning, deleting branches.',
  'disk-device': 'Writing to devices, making file systems, wiping and partitioning disks.',
  'remote-code': 'Running what was just fetched or decoded, unseen: curl | sh and its relatives.',
  privilege: 'Becoming somebody else, opening permissions, granting rights.',
  'process-power': 'Killing other processes, stopping services, shutting the machine down, fork bombs.',
  cloud: 'Deleting or terminating what runs at a cloud provider.',
  kubernetes: 'Deleting what runs in a Kubernetes cluster.',
  mail: 'Sending mail.',
  payment: 'Moving money.',
  'tool-name': 'Tools whose name holds one of the words of `patterns`.',
};
