import type { Wire } from './config.ts';
import type { StreamPosition } from './event-stream-reader.ts';

type Failure = 'server' | 'timeout';

/**
 * What is appended to a stream whose upstream died: an error event of the dialect, and nothing that looks like a
 * regular end. Undefined when the cut cannot be mended; then only a cut connection is honest.
 */
export function streamErrorTail(
  wire: Wire,
  position: StreamPosition,
  failure: Failure,
  message: string,
): string | undefined {
  const mending = position === 'lost' ? undefined : MENDING[wire === 'anthropic' ? 'named' : 'unnamed'][position];
  return mending === undefined ? undefined : `${mending}${EVENTS[wire](failure, message)}`;
}

/**
 * An event that was cut in the middle is made a `ping` first, which clients of the Messages API pass over without
 * parsing (the last `event` field of an event counts, WHATWG HTML section 9.2.6), so that half an event is never taken
 * for a whole one. Where events have no names that cannot be done; between lines the event is whole.
 */
const MENDING = {
  named: { between_events: '', line_start: 'event: ping\n\n', in_line: '\nevent: ping\n\n' },
  unnamed: { between_events: '', line_start: '\n', in_line: undefined },
} as const;

const EVENTS: Readonly<Record<Wire, (failure: Failure, message: string) => string>> = {
  anthropic(failure, message) {
    const type = failure === 'timeout' ? 'timeout_error' : 'api_error';
    return `event: error\ndata: ${JSON.stringify({ type: 'error', error: { type, message } })}\n\n`;
  },
  'openai-chat': (failure, message) =>
    `data: ${JSON.stringify({ error: { message, type: `${failure}_error`, param: null, code: null } })}\n\n`,
  'openai-responses': (failure, message) =>
    `event: error\ndata: ${JSON.stringify({ type: 'error', code: `${failure}_error`, message, param: null, sequence_number: 0 })}\n\n`,
  gemini: (failure, message) =>
    `data: ${JSON.stringify({ error: failure === 'timeout' ? { code: 504, message, status: 'DEADLINE_EXCEEDED' } : { code: 500, message, status: 'INTERNAL' } })}\n\n`,
};
