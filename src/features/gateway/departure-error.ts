import { OperatingError } from '#foundation/errors';
import type { Exchange } from '#foundation/http/exchange';

/** Why nobody waits for the rest of an answer: what a server that stops says, or else that the client went away. */
export function departureError({ aborted }: Exchange): OperatingError {
  if (aborted.reason instanceof OperatingError) return aborted.reason;
  return new OperatingError('cancelled', 'client_gone', 'the client went away');
}
