import { OperatingError } from '#foundation/errors';

/** For what can be neither expressed upstream nor left out. */
export function notConvertible(where: string, why: string, remedy: string): OperatingError {
  return new OperatingError('invalid_input', 'not_convertible', `${where}: ${why}`, { where, remedy });
}
