/**
 * Where a stream of events was cut: `between_events`, at the start of a line inside an event, or inside a line.
 * `lost` after an event that was too long to follow.
 */
export type StreamPosition = 'between_events' | 'line_start' | 'in_line' | 'lost';

export type EventStreamReader = {
  push(chunk: Uint8Array): void;
  position(): StreamPosition;
};

/**
 * Reads server-sent events from bytes cut anywhere (WHATWG HTML section 9.2.6): split characters, any of the three
 * line ends, data over several lines, comments, a missing space after the colon. An event longer than
 * `eventCharactersMax` ends the reading; the stream itself goes on without us.
 */
export function createEventStreamReader(
  onEvent: (name: string, data: string) => void,
  eventCharactersMax: number,
): EventStreamReader {
  const decoder = new TextDecoder('utf-8');
  let pending = '';
  let afterReturn = false;
  let name = '';
  let data: string | undefined;
  let inEvent = false;
  let lost = false;

  function push(chunk: Uint8Array): void {
    if (lost) return;
    let text = decoder.decode(chunk, { stream: true });
    if (text === '') return;
    // The second half of a line end whose first half ended the last chunk.
    if (afterReturn && text.startsWith('\n')) text = text.slice(1);
    afterReturn = false;
    readLines(pending + text, pending.length);
    if (pending.length + (data?.length ?? 0) > eventCharactersMax) {
      lost = true;
      pending = '';
      data = undefined;
    }
  }

  /** Takes every whole line of `text`; no line ends before `from`. */
  function readLines(text: string, from: number): void {
    let start = 0;
    let feed = text.indexOf('\n', from);
    let turn = text.indexOf('\r', from);
    while (feed !== -1 || turn !== -1) {
      const end = turn === -1 || (feed !== -1 && feed < turn) ? feed : turn;
      readLine(text.slice(start, end));
      start = end + 1;
      if (end === turn) {
        if (text[start] === '\n') start += 1;
        else if (start === text.length) afterReturn = true;
        turn = text.indexOf('\r', start);
      }
      if (feed !== -1 && feed < start) feed = text.indexOf('\n', start);
    }
    pending = start === 0 ? text : text.slice(start);
  }

  function readLine(line: string): void {
    if (line === '') {
      if (data !== undefined) onEvent(name, data);
      name = '';
      data = undefined;
      inEvent = false;
      return;
    }
    inEvent = true;
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') name = value;
    else if (field === 'data') data = data === undefined ? value : `${data}\n${value}`;
  }

  function position(): StreamPosition {
    if (lost) return 'lost';
    if (pending !== '') return 'in_line';
    return inEvent ? 'line_start' : 'between_events';
  }

  return { push, position };
}
