import { OperatingError } from '#foundation/errors';
import type { SecretValue } from './secret-value.ts';

const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,127}$/;
const VALUE_BYTES_MAX = 65_536;

/** Throws `invalid_input` when the name cannot stand in configuration and environment tables. */
export function requireSecretName(name: string): void {
  if (NAME.test(name)) return;
  throw new OperatingError('invalid_input', 'secret_name_invalid', 'this is not a name for a secret', {
    where: name.length <= 128 && !/[\x00-\x1f]/.test(name) ? name : 'name',
    remedy: 'begin with a letter, then letters, digits, dot, hyphen or underscore, at most 128 characters',
  });
}

/** Throws `invalid_input` for a value that no upstream or child could use as it was meant. */
export function requireSecretValue(name: string, secret: SecretValue): string {
  const value = secret.reveal();
  const problem =
    value.length === 0
      ? ['secret_value_empty', 'the value is empty', 'give the value on standard input']
      : Buffer.byteLength(value) > VALUE_BYTES_MAX
        ? ['secret_value_too_large', `the value has more than ${VALUE_BYTES_MAX} bytes`, 'store a shorter value']
        : value.includes('\0') || !value.isWellFormed()
          ? ['secret_value_not_text', 'the value is not text', 'encode binary values, for example in base64']
          : undefined;
  if (problem === undefined) return value;
  const [code = '', message = '', remedy = ''] = problem;
  throw new OperatingError('invalid_input', code, message, { where: name, remedy });
}
