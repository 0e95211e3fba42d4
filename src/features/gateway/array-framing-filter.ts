import { createEventStreamReader } from './event-stream-reader.ts';
import type { StreamFilter } from './relay-contract.ts';

const EVENT_CHARACTERS_MAX = 16_777_216;

/**
 * The events of a Gemini stream as the elements of one JSON array, for a client that did not ask for `alt=sse`: each
 * element is the text of its event, byte for byte, and goes out as soon as it is whole.
 */
export function createArrayFramingFilter(): StreamFilter {
  let framed = '';
  let isFirst = true;
  const reader = createEventStreamReader((_name, data) => {
    framed += `${isFirst ? '[' : ',\r\n'}${data}`;
    isFirst = false;
  }, EVENT_CHARACTERS_MAX);
  return {
    contentType: 'application/json; charset=UTF-8',
    pass(chunk) {
      reader.push(chunk);
      const passed = Buffer.from(framed);
      framed = '';
      return passed;
    },
    rest: () => Buffer.from(isFirst ? '[]' : ']'),
  };
}
