import type { AnswerEvent, OpenPart } from './answer-event.ts';
import type { Citation, Part, ReasoningProof } from './part.ts';

/**
 * Puts parts that an upstream sends interleaved one after the other: the oldest flows through, younger ones wait until
 * it is closed. Keys are the upstream's own and name a part once.
 */
export type PartSequencer = {
  /** Does nothing for a key that is known. */
  open(key: string, part: OpenPart): void;
  delta(key: string, text: string): void;
  /** Of the part of that key, wherever in its text. */
  citation(key: string, citation: Citation): void;
  close(key: string, proof?: ReasoningProof | null): void;
  whole(part: Part): void;
  /** Closes what is open, in order. */
  closeAll(): void;
};

type Entry = {
  readonly first: AnswerEvent & { readonly type: 'open' | 'part' };
  readonly texts: string[];
  readonly citations: Citation[];
  isClosed: boolean;
  proof: ReasoningProof | null;
};

const WAITING_CHARACTERS_MAX = 16_777_216;

/** Of one part that waits. */
const CITATIONS_MAX = 1_000;

export function createPartSequencer(emit: (event: AnswerEvent) => void): PartSequencer {
  /** The first one flows through. */
  const queue: Entry[] = [];
  const known = new Map<string, Entry>();
  let waitingCharacters = 0;
  /** An error was emitted, and nothing follows it. */
  let isOver = false;

  function push(entry: Entry): void {
    if (isOver) return;
    queue.push(entry);
    if (queue.length === 1) advance();
  }

  /** Lets the first of the queue through, and all that can follow at once. */
  function advance(): void {
    for (let entry = queue[0]; entry !== undefined; entry = queue[0]) {
      emit(entry.first);
      const text = entry.texts.join('');
      entry.texts.length = 0;
      waitingCharacters -= text.length;
      if (text !== '') emit({ type: 'delta', text });
      for (const citation of entry.citations.splice(0)) emit({ type: 'citation', citation });
      if (!entry.isClosed) return;
      leave(entry);
    }
  }

  function leave(entry: Entry): void {
    if (entry.first.type === 'open') emit({ type: 'close', proof: entry.proof });
    queue.shift();
  }

  function hold(entry: Entry, text: string): void {
    waitingCharacters += text.length;
    if (waitingCharacters <= WAITING_CHARACTERS_MAX) {
      entry.texts.push(text);
      return;
    }
    isOver = true;
    const message = 'the upstream sent too many parts at once to put them in order';
    emit({
      type: 'error',
      error: { kind: 'server', status: 500, message, code: null, param: null, retryAfterMs: null },
    });
  }

  function close(entry: Entry, proof: ReasoningProof | null): void {
    if (isOver || entry.isClosed) return;
    entry.isClosed = true;
    entry.proof = proof;
    if (entry !== queue[0]) return;
    leave(entry);
    advance();
  }

  return {
    open(key, part) {
      if (known.has(key)) return;
      const entry: Entry = { first: { type: 'open', part }, texts: [], citations: [], isClosed: false, proof: null };
      known.set(key, entry);
      push(entry);
    },
    delta(key, text) {
      const entry = known.get(key);
      if (entry === undefined || entry.isClosed || text === '' || isOver) return;
      if (entry === queue[0]) emit({ type: 'delta', text });
      else hold(entry, text);
    },
    citation(key, citation) {
      const entry = known.get(key);
      if (entry === undefined || entry.isClosed || isOver) return;
      if (entry === queue[0]) emit({ type: 'citation', citation });
      else if (entry.citations.length < CITATIONS_MAX) entry.citations.push(citation);
    },
    close(key, proof = null) {
      const entry = known.get(key);
      if (entry !== undefined) close(entry, proof);
    },
    whole(part) {
      push({ first: { type: 'part', part }, texts: [], citations: [], isClosed: true, proof: null });
    },
    closeAll() {
      for (const entry of [...queue]) close(entry, null);
    },
  };
}
