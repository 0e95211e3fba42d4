import type { IncomingHttpHeaders } from 'node:http';

const WAIT_MS_MAX = 86_400_000;

/**
 * How long an upstream asks to wait, from `retry-after-ms` or `retry-after` in seconds. Null where it says nothing, or
 * names a date: clocks differ, and a wait that is guessed wrong is worse than one that is not told.
 */
export function retryAfterMsOf(headers: IncomingHttpHeaders): number | null {
  return waitOf(headers['retry-after-ms'], 1) ?? waitOf(headers['retry-after'], 1_000);
}

function waitOf(header: string | readonly string[] | undefined, unitMs: number): number | null {
  const text = typeof header === 'string' ? header.trim() : '';
  if (!/^\d+(\.\d+)?$/.test(text)) return null;
  return Math.min(Math.ceil(Number(text) * unitMs), WAIT_MS_MAX);
}

/** `retry-after` in whole seconds, rounded up, so that a client that waits them is never too early. */
export function retryAfterHeader(retryAfterMs: number | null): Record<string, string> {
  return retryAfterMs === null ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) };
}
