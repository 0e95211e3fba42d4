import { OperatingError } from '#foundation/errors';
import { SecretValue } from '#governance/secrets/secret-value';
import type { Terminal } from './terminal.ts';

const SECRET_BYTES_MAX = 65_536;

/** A value from standard input or a hidden prompt; an empty one is refused. */
export async function readSecretValue(terminal: Terminal, what: string): Promise<SecretValue> {
  const value = await terminal.readSecret(what, SECRET_BYTES_MAX);
  if (value !== '') return new SecretValue(value);
  throw new OperatingError('invalid_input', 'secret_empty', 'standard input was empty', {
    where: what,
    remedy: 'pipe the value in: systemprompt admin config secret set NAME < FILE',
  });
}
