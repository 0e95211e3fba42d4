/** Follows JSON text that comes in pieces, each character once. */
export type JsonCompleteness = {
  push(piece: string): void;
  /** Whether what has come is a whole object or array, and nothing of it is open. */
  isComplete(): boolean;
};

export function createJsonCompleteness(): JsonCompleteness {
  let depth = 0;
  let inString = false;
  let isEscaped = false;
  let hasClosed = false;

  function read(code: number): void {
    if (inString) {
      if (isEscaped) isEscaped = false;
      else if (code === BACKSLASH) isEscaped = true;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) {
      inString = true;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth++;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth--;
      if (depth === 0) hasClosed = true;
    }
  }

  return {
    push(piece) {
      for (let index = 0; index < piece.length; index++) read(piece.charCodeAt(index));
    },
    isComplete: () => hasClosed && depth === 0 && !inString,
  };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
