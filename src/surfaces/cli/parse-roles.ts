import { OperatingError } from '#foundation/errors';
import { nearest } from '#foundation/text';
import { isRole, ROLES, type Role } from '#governance/identity/role';

/** Roles as they were typed, each once; an unknown one is a usage error with the nearest. */
export function parseRoles(words: readonly string[]): readonly Role[] {
  return [...new Set(words.map(parseRole))];
}

function parseRole(word: string): Role {
  if (isRole(word)) return word;
  const similar = nearest(word, ROLES);
  throw new OperatingError('invalid_input', 'unknown_role', `there is no role ${JSON.stringify(word)}`, {
    remedy: similar === undefined ? `one of: ${ROLES.join(', ')}` : `did you mean ${similar}?`,
  });
}
