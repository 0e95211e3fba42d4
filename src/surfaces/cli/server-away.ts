import { OperatingError } from '#foundation/errors';
import type { CliServices, RuntimeInfo } from './services.ts';

/** No server runs on the home, or the one that should does not answer. */
export function serverAway(home: string, cause?: unknown): OperatingError {
  return new OperatingError('unavailable', 'server_away', 'no server of this home is running', {
    where: home,
    remedy: 'npm start (or name another home with --home)',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The running server of this home; throws `serverAway` when there is none. */
export async function requireRuntime(services: CliServices): Promise<RuntimeInfo> {
  const runtime = await services.runtime();
  if (runtime === undefined) throw serverAway(services.places().home);
  return runtime;
}
