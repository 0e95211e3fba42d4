import type { Reply } from '#foundation/http/exchange';
import type { Decision } from '#governance/policy/decision';
import type { Dialect } from './dialects/dialect.ts';
import { isWorthRepeating, modelErrorOfDenial } from './model-error-of.ts';

/** A denial in the client's own dialect; one that cannot change tells the official clients not to repeat it. */
export function denialReply(decision: Decision, dialect: Dialect, requestId: string): Reply {
  const error = modelErrorOfDenial(decision);
  const reply = dialect.writeError(error, requestId);
  return isWorthRepeating(error) ? reply : { ...reply, headers: { ...reply.headers, 'x-should-retry': 'false' } };
}
