import type { Clock } from '../time.ts';
import type { UpstreamTimeouts } from './upstream-request.ts';

export type ExceededLimit = 'first_byte' | 'idle' | 'total';

/**
 * The three limits of one flight on one timer. Data only notes the time; the timer looks at the note when it fires
 * and goes on, so a stream of many small pieces costs no timer for each.
 */
export function createDeadline(
  limits: UpstreamTimeouts,
  clock: Clock,
  onExceeded: (limit: ExceededLimit, limitMs: number) => void,
) {
  const startedMs = clock.monotonicMs();
  let phase: 'head' | 'flowing' | 'held' = 'head';
  let activeMs = startedMs;
  let cancel = arm();

  function arm(): () => void {
    const { dueMs } = nearest();
    return clock.after(Math.max(1, Math.ceil(dueMs - clock.monotonicMs())), look);
  }

  function nearest(): { limit: ExceededLimit; limitMs: number; dueMs: number } {
    const total = { limit: 'total' as const, limitMs: limits.totalMs, dueMs: startedMs + limits.totalMs };
    if (phase === 'held') return total;
    const step =
      phase === 'head'
        ? { limit: 'first_byte' as const, limitMs: limits.firstByteMs, dueMs: startedMs + limits.firstByteMs }
        : { limit: 'idle' as const, limitMs: limits.idleMs, dueMs: activeMs + limits.idleMs };
    return step.dueMs < total.dueMs ? step : total;
  }

  function look(): void {
    const { limit, limitMs, dueMs } = nearest();
    if (clock.monotonicMs() >= dueMs) onExceeded(limit, limitMs);
    else cancel = arm();
  }

  function enter(next: typeof phase): void {
    phase = next;
    activeMs = clock.monotonicMs();
    cancel();
    cancel = arm();
  }

  return {
    headArrived: () => enter('flowing'),
    dataArrived: () => {
      activeMs = clock.monotonicMs();
    },
    /** The receiver is slow, not the upstream: only the total limit counts now. */
    heldBack: () => {
      phase = 'held';
    },
    released: () => enter('flowing'),
    clear: () => cancel(),
  };
}
