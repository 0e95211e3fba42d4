import { OperatingError } from '#foundation/errors';
import type { TenantId, UserId } from './correlation.ts';
import type { Role } from './role.ts';

export type UserStatus = 'active' | 'suspended' | 'deleted';

/** A person, or a service that acts for itself. */
export type UserKind = 'person' | 'service';

export type User = {
  readonly id: UserId;
  readonly tenantId: TenantId;
  readonly kind: UserKind;
  readonly email: string | null;
  readonly name: string;
  /** All that are held; the highest decides. */
  readonly roles: readonly Role[];
  readonly department: string | null;
  readonly status: UserStatus;
  readonly createdAt: Date;
};

const EMAIL = /^[^\s@"<>(),:;\\[\]]{1,64}@[^\s@"<>(),:;\\[\]]{1,255}$/;
const NAME_CHARACTERS_MAX = 200;

/** The address as it is stored and compared: lower case. Throws `invalid_input` when it is none. */
export function parseEmail(text: string): string {
  const email = text.trim().toLowerCase();
  if (EMAIL.test(email) && email.length <= 320) return email;
  throw new OperatingError('invalid_input', 'email_invalid', 'this is not an e-mail address', {
    where: 'email',
    remedy: 'give an address such as ada@example.com',
  });
}

/** A name for people to read: no control or invisible characters. Throws `invalid_input`. */
export function parseName(text: string): string {
  const name = text.trim();
  if (name.length > 0 && name.length <= NAME_CHARACTERS_MAX && !/\p{C}/u.test(name)) return name;
  throw new OperatingError('invalid_input', 'name_invalid', 'this is not a usable name', {
    where: 'name',
    remedy: `give 1 to ${NAME_CHARACTERS_MAX} visible characters`,
  });
}
