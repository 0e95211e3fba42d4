import type { Clock } from '#foundation/time';
import type { LossReport } from '../conversation/losses.ts';
import type { TappedMessage } from '../message-tap.ts';
import type { Candidate } from '../route-plan.ts';
import type { ResponseCacheConfig } from './cache-config.ts';

/** An answer as a client got it, and what is recorded of it. */
export type CachedAnswer = {
  /** Of the request that the upstream answered. */
  readonly requestId: string;
  readonly candidate: Candidate;
  readonly losses: LossReport | null;
  readonly message: TappedMessage;
  readonly isStreaming: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

/** The answers of one route, in memory: bounded in number, size and age. */
export type ResponseCache = {
  find(key: string): { readonly answer: CachedAnswer; readonly ageMs: number } | undefined;
  /** An answer that is too large for the whole cache is not kept. */
  keep(key: string, answer: CachedAnswer): void;
  forget(key: string): void;
  size(): { readonly entries: number; readonly bytes: number };
};

type Entry = { readonly answer: CachedAnswer; readonly keptMs: number; readonly bytes: number };

/** For what an entry takes besides its texts. */
const ENTRY_BYTES = 1_024;

export function createResponseCache(config: ResponseCacheConfig, clock: Clock): ResponseCache {
  /** All are good for equally long, so the oldest stands first, and is the first that is over. */
  const entries = new Map<string, Entry>();
  const goodForMs = config.ttl_s * 1_000;
  let bytes = 0;
  let isSweepSet = false;

  function forget(key: string): void {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    bytes -= entry.bytes;
  }

  function makeRoom(): void {
    const nowMs = clock.monotonicMs();
    for (const [key, entry] of entries) {
      const isWithin = entries.size <= config.entries_max && bytes <= config.bytes_max;
      if (isWithin && nowMs - entry.keptMs < goodForMs) return;
      forget(key);
    }
  }

  /** What is over is not held in memory until somebody asks again. */
  function sweepLater(): void {
    if (isSweepSet || entries.size === 0) return;
    isSweepSet = true;
    clock.after(goodForMs, () => {
      isSweepSet = false;
      makeRoom();
      sweepLater();
    });
  }

  return {
    find(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      const ageMs = clock.monotonicMs() - entry.keptMs;
      if (ageMs < goodForMs) return { answer: entry.answer, ageMs };
      forget(key);
      return undefined;
    },
    keep(key, answer) {
      const entry = { answer, keptMs: clock.monotonicMs(), bytes: sizeOf(answer) };
      forget(key);
      if (entry.bytes > config.bytes_max) return;
      entries.set(key, entry);
      bytes += entry.bytes;
      makeRoom();
      sweepLater();
    },
    forget,
    size: () => ({ entries: entries.size, bytes }),
  };
}

/** Strings may take two bytes a character. */
function sizeOf({ body, message }: CachedAnswer): number {
  return ENTRY_BYTES + body.length + 2 * JSON.stringify(message.blocks).length;
}
