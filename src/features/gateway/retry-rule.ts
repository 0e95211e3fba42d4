import type { OperatingError } from '#foundation/errors';
import type { RetryConfig } from './config.ts';
import type { Refusal } from './relay-contract.ts';

/** Whether a failed attempt is of a kind that the route wants tried again. `status` is null when no answer came. */
export function isRetried({ on }: RetryConfig, status: number | null, error: OperatingError | null): boolean {
  return on.some((rule) => {
    if (rule === 'connection') return status === null && error?.kind !== 'timeout';
    if (rule === 'timeout') return status === null && error?.kind === 'timeout';
    if (status === null) return false;
    if (rule === '4xx') return status >= 400 && status < 500;
    if (rule === '5xx') return status >= 500;
    return status === rule;
  });
}

/**
 * How long to wait before attempt number `attempt` (2 is the first that waits): what the upstream asked for, else the
 * doubled back-off with full jitter. Undefined when that is longer than the route waits.
 */
export function waitMs(retry: RetryConfig, attempt: number, refusal: Refusal, chance: number): number | undefined {
  const { backoff_ms, wait_ms_max } = retry;
  if (refusal.retryAfterMs !== null) return refusal.retryAfterMs <= wait_ms_max ? refusal.retryAfterMs : undefined;
  return Math.round(Math.min(backoff_ms * 2 ** (attempt - 2), wait_ms_max) * chance);
}
