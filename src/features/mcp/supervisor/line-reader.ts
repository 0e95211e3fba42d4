/** Cuts a byte stream into lines without ever holding more than one of them. */
export type LineReader = {
  push(chunk: Buffer): void;
};

const NEWLINE = 0x0a;

/**
 * Calls `onLine` with each line, its line feed left off. Of a line longer than `lineBytesMax` the first bytes are given
 * with `cut`, once, and the rest is dropped.
 */
export function createLineReader(lineBytesMax: number, onLine: (line: Buffer, cut: boolean) => void): LineReader {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let dropping = false;

  function hold(part: Buffer): void {
    if (dropping || part.length === 0) return;
    held.push(part.subarray(0, lineBytesMax - heldBytes));
    heldBytes += part.length;
    if (heldBytes > lineBytesMax) {
      emit(true);
      dropping = true;
    }
  }

  function emit(cut: boolean): void {
    const line = held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held);
    held = [];
    heldBytes = 0;
    onLine(line, cut);
  }

  return {
    push(chunk) {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
        hold(chunk.subarray(start, end));
        if (!dropping) emit(false);
        dropping = false;
        start = end + 1;
      }
      hold(chunk.subarray(start));
    },
  };
}
