import { ROLES } from '#governance/identity/role';
import { inspectDatabase } from '../inspect-database.ts';
import type { CliServices } from '../services.ts';
import { SHELLS } from './shell-scripts.ts';

export type Candidate = { readonly value: string; readonly summary: string };

/** What a word stands for, where there is a list of what it may be. */
export type NameKind = 'file' | 'mcp_server' | 'role' | 'shell' | 'table' | 'user';

const USERS_MAX = 500;

/** The names that this installation knows. Rejects when what holds them is away. */
export async function knownNames(kind: NameKind, services: CliServices): Promise<readonly Candidate[]> {
  switch (kind) {
    case 'file':
      return [];
    case 'shell':
      return SHELLS.map((value) => ({ value, summary: '' }));
    case 'role':
      return ROLES.map((value) => ({ value, summary: '' }));
    case 'mcp_server':
      return Object.entries(await services.configuration().mcpServers()).map(([value, { description }]) => ({
        value,
        summary: description,
      }));
    case 'table':
      return (await (await inspectDatabase(services)).tables()).map(({ table, kind: summary }) => ({
        value: table,
        summary,
      }));
    case 'user':
      return (await (await services.identity()).listUsers({ limit: USERS_MAX })).flatMap(({ email, name }) =>
        email === null ? [] : [{ value: email, summary: name }],
      );
  }
}
