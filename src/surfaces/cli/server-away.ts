import { OperatingError } from '#foundation/errors';

/** No server of this home runs. */
export function serverAway(cause?: unknown): OperatingError {
  return new OperatingError('unavailable', 'server_away', 'no server of this home is running', {
    remedy: 'npm start (or name another home with --home)',
    ...(cause === undefined ? {} : { cause }),
  });
}
