import type { IdSource } from '#foundation/ids';
import { clientIdOf, userIdOf } from './branded-ids.ts';
import { beginCorrelation, type Correlation } from './correlation.ts';

/** On whose behalf the machine's own operator, or the program itself, changes identity. */
export function localActor(name: 'local-operator' | 'system', ids: IdSource): Correlation {
  return beginCorrelation({ userId: userIdOf(name), clientId: clientIdOf('cli'), sessionId: null }, {}, ids);
}
