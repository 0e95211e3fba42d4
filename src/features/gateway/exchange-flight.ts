import type { UpstreamReceiver } from '#foundation/http/upstream-request';
import { departureError } from './departure-error.ts';
import type { RelayOptions } from './relay-contract.ts';

/**
 * A flight bound to its client: held back while the client is slow, ended at once when it is gone. `land` unbinds
 * them.
 */
export function createExchangeFlight(
  { client, exchange, request }: Pick<RelayOptions, 'client' | 'exchange' | 'request'>,
  receiver: UpstreamReceiver,
): { abort(): void; land(): void } {
  const flight = client.open(request, receiver);
  const resume = () => flight.resume();
  const abort = () => flight.abort();
  const leave = () => flight.abort(departureError(exchange));
  exchange.response.on('drain', resume);
  exchange.aborted.addEventListener('abort', leave, { once: true });
  return {
    abort,
    land() {
      exchange.response.off('drain', resume);
      exchange.aborted.removeEventListener('abort', leave);
    },
  };
}
