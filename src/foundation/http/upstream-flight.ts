import type { Dispatcher } from 'undici';
import { OperatingError } from '../errors.ts';
import type { Clock } from '../time.ts';
import { createDeadline } from './flight-deadline.ts';
import { upstreamError } from './upstream-error.ts';
import type { UpstreamReceiver, UpstreamRequest } from './upstream-request.ts';

/** One request on its way, for as long as its answer is not complete. */
export type UpstreamFlight = {
  /** Ends the request at once, also while it waits for a connection; the receiver gets `reason`, or `cancelled`. */
  abort(reason?: OperatingError): void;
  /** Lets the body flow again after `onData` answered false. */
  resume(): void;
  /** True while the body is held back. */
  paused(): boolean;
};

type DepartingFlight = UpstreamFlight & {
  depart(dispatcher: Dispatcher): void;
  refuse(error: OperatingError): void;
};

export function createFlight(request: UpstreamRequest, receiver: UpstreamReceiver, clock: Clock): DepartingFlight {
  let controller: Dispatcher.DispatchController | undefined;
  let landed = false;
  const deadline = createDeadline(request.timeouts, clock, (limit, limitMs) => {
    fail(
      new OperatingError(
        'timeout',
        `upstream_${limit}_timeout`,
        `${request.origin} ${TIMEOUT_TEXTS[limit]} ${limitMs} ms`,
      ),
    );
  });

  function fail(error: OperatingError): void {
    if (landed) return;
    landed = true;
    deadline.clear();
    controller?.abort(error);
    receiver.onError(error);
  }

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started;
      // The flight may have ended while it waited for a connection.
      if (landed) started.abort(new OperatingError('cancelled', 'aborted', 'the request was aborted'));
    },
    onResponseStart(_controller, status, headers) {
      if (landed || status < 200) return;
      deadline.headArrived();
      receiver.onHead(status, headers);
    },
    onResponseData(current, chunk) {
      if (landed) return;
      deadline.dataArrived();
      if (receiver.onData(chunk)) return;
      deadline.heldBack();
      current.pause();
    },
    onResponseEnd() {
      if (landed) return;
      landed = true;
      deadline.clear();
      receiver.onEnd();
    },
    onResponseError(_controller, error) {
      fail(upstreamError(error, request.origin));
    },
  };

  return {
    depart(dispatcher) {
      try {
        dispatcher.dispatch(
          {
            origin: request.origin,
            path: request.path,
            method: request.method,
            headers: request.headers,
            body: request.body,
            // The deadline below is the only clock of a flight.
            headersTimeout: 0,
            bodyTimeout: 0,
          },
          handler,
        );
      } catch (error) {
        fail(upstreamError(error, request.origin));
      }
    },
    refuse: fail,
    abort: (reason = new OperatingError('cancelled', 'aborted', 'the request was aborted')) => fail(reason),
    resume() {
      if (landed || controller?.paused !== true) return;
      deadline.released();
      controller.resume();
    },
    paused: () => controller?.paused === true,
  };
}

const TIMEOUT_TEXTS = {
  first_byte: 'did not begin to answer within',
  idle: 'was silent in the middle of its answer for',
  total: 'did not complete its answer within',
} as const;
