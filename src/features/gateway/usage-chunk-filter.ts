import type { StreamFilter } from './relay-contract.ts';

/**
 * Takes the closing chunk that tells the usage out of an OpenAI Chat stream, for a client that did not ask for it: the
 * gateway asks in its place, because nothing else tells what an answer cost. Every other byte goes on as it came.
 */
export function createUsageChunkFilter(): StreamFilter {
  let held: Buffer = Buffer.alloc(0);

  function pass(chunk: Buffer): Buffer {
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const passed: Buffer[] = [];
    let start = 0;
    for (let end = endOfEvent(bytes, start); end !== -1; end = endOfEvent(bytes, start)) {
      const event = bytes.subarray(start, end);
      if (!isUsageChunk(event)) passed.push(event);
      start = end;
    }
    held = bytes.subarray(start);
    // An event that is this long is no usage, and need not wait for its end.
    if (held.length > USAGE_CHUNK_BYTES_MAX) {
      passed.push(held);
      held = Buffer.alloc(0);
    }
    return passed.length === 1 && passed[0] !== undefined ? passed[0] : Buffer.concat(passed);
  }

  return { pass, rest: () => (isUsageChunk(held) ? Buffer.alloc(0) : held) };
}

const USAGE_CHUNK_BYTES_MAX = 16_384;

/** Behind the blank line that ends the event, or -1. */
function endOfEvent(bytes: Buffer, start: number): number {
  const feeds = bytes.indexOf('\n\n', start);
  const returns = bytes.indexOf('\r\n\r\n', start);
  if (feeds === -1) return returns === -1 ? -1 : returns + 4;
  return returns === -1 || feeds < returns ? feeds + 2 : returns + 4;
}

function isUsageChunk(event: Buffer): boolean {
  if (event.length > USAGE_CHUNK_BYTES_MAX) return false;
  const text = event.toString('latin1');
  return /^data: ?\{/.test(text) && /"choices"\s*:\s*\[\s*\]/.test(text) && /"usage"\s*:\s*\{/.test(text);
}
