import type { StreamPosition } from './event-stream-reader.ts';

/**
 * What is appended to a stream whose upstream died: an `error` event, and no `message_stop`. An event that was cut in
 * the middle is made a `ping` first, which clients pass over without parsing (the last `event` field of an event
 * counts, WHATWG HTML section 9.2.6), so that half an event is never taken for a whole one. Undefined when the cut
 * cannot be mended.
 */
export function streamErrorTail(position: StreamPosition, type: string, message: string): string | undefined {
  if (position === 'lost') return undefined;
  const data = JSON.stringify({ type: 'error', error: { type, message } });
  return `${MENDING[position]}event: error\ndata: ${data}\n\n`;
}

const MENDING = {
  between_events: '',
  line_start: 'event: ping\n\n',
  in_line: '\nevent: ping\n\n',
} as const;
