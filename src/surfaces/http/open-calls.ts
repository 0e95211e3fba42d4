import type { OperatingError } from '#foundation/errors';
import type { GuardedEndpoint } from './endpoint.ts';
import type { EntryControl } from './entry-control.ts';
import type { Arrival } from './server.ts';

/** Governed calls whose answer is not complete yet: each ends with the credential that opened it. */
export type OpenCalls = {
  add(arrival: Arrival, endpoint: GuardedEndpoint): void;
  delete(arrival: Arrival): void;
  /** Asks for every open call whether its caller would be admitted now, and cuts it off if not. */
  recheck(): Promise<void>;
};

export function createOpenCalls(entry: Pick<EntryControl, 'whyEnded'>): OpenCalls {
  const calls = new Map<Arrival, GuardedEndpoint>();
  let isRechecking = false;
  let isOutdated = false;

  // One at a time, so that a thousand streams do not take the database from the calls that are judged meanwhile. A
  // credential that nothing happened to is remembered and costs next to nothing.
  async function recheckAll(): Promise<void> {
    for (const [arrival, endpoint] of [...calls]) {
      const reason = calls.has(arrival) ? await entry.whyEnded(endpoint, arrival) : undefined;
      if (reason !== undefined) cutOff(arrival, reason);
    }
  }

  return {
    add: (arrival, endpoint) => void calls.set(arrival, endpoint),
    delete: (arrival) => void calls.delete(arrival),
    async recheck() {
      isOutdated = true;
      if (isRechecking) return;
      isRechecking = true;
      while (isOutdated) {
        isOutdated = false;
        await recheckAll();
      }
      isRechecking = false;
    },
  };
}

/** A request whose body is still on its way meets the reason when it has come. */
function cutOff(arrival: Arrival, reason: OperatingError): void {
  arrival.cutOffBy = reason;
  arrival.exchange?.cutOff(reason);
}
