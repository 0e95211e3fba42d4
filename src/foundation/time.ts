/**
 * The only door to the wall clock and to timers. Everything that needs time takes a `Clock`, so tests turn the hands
 * themselves and nothing sleeps.
 */
export type Clock = {
  /** Milliseconds since the Unix epoch. It may step backwards. */
  nowMs(): number;
  /** Milliseconds from an arbitrary origin, fractional, never going backwards. */
  monotonicMs(): number;
  /** Runs `action` once after `delayMs`; the returned function cancels it. The timer never keeps the process alive. */
  after(delayMs: number, action: () => void): () => void;
};

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs` of the clock's time. */
export function elapse(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}

/** Repeats `action` every `intervalMs`, each run after the last has ended; the returned function stops it. */
export function every(clock: Clock, intervalMs: number, action: () => Promise<void> | void): () => void {
  let stopped = false;
  let cancel = clock.after(intervalMs, run);
  async function run(): Promise<void> {
    if (stopped) return;
    await action();
    if (!stopped) cancel = clock.after(intervalMs, run);
  }
  return () => {
    stopped = true;
    cancel();
  };
}

/** ISO 8601 in UTC with milliseconds. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

const DURATION_UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Parses `150ms`, `90s`, `15m`, `1h`, `7d` to milliseconds; undefined when it is none of them. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text.trim());
  const unit = DURATION_UNITS_MS[match?.[2] ?? ''];
  if (match === null || unit === undefined) return undefined;
  return Number(match[1]) * unit;
}

/** A wait for people, never shorter than it is: `250 ms`, `59 s`, `45 min`, `8 h 31 min`, `3 d 4 h`. */
export function describeWait(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.ceil(milliseconds)} ms`;
  const seconds = Math.ceil(milliseconds / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.ceil(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
