import { type Amounts, amountsOf, type Limits, MEASURES, minus, plus } from './amounts.ts';

/** Of what is left after the needs, a process is given at most this part ahead of need. */
const AHEAD_PART = 1 / 4;

/**
 * What a process is given on top of what it holds: what it needs as far as there is room, and of the rest something
 * ahead of need. Never more than the room.
 */
export function grant(asked: {
  readonly limits: Limits;
  readonly used: Amounts;
  /** By all processes together. */
  readonly held: Amounts;
  readonly needs: Amounts;
  readonly ahead: Amounts;
}): Amounts {
  const room = minus(asked.limits, plus(asked.used, asked.held));
  return amountsOf((measure) => {
    // Without a limit nothing needs to be held.
    if (!Number.isFinite(asked.limits[measure])) return 0;
    const here = Math.max(0, room[measure]);
    const needed = Math.min(asked.needs[measure], here);
    return needed + Math.min(asked.ahead[measure], Math.floor((here - needed) * AHEAD_PART));
  });
}

/** How much a process holds ahead of need, of a limit. */
export function aheadOf(limits: Limits): Amounts {
  return amountsOf((measure) => (Number.isFinite(limits[measure]) ? Math.ceil(limits[measure] / 32) : 0));
}

/**
 * The first time at which `excess` has left the window: `leaving` says when what was used leaves it. Undefined when it
 * is still too much with nothing used at all.
 */
export function roomAtMs(
  excess: Amounts,
  leaving: readonly { readonly leavesAtMs: number; readonly used: Amounts }[],
): number | undefined {
  let left = excess;
  for (const { leavesAtMs, used } of leaving) {
    left = minus(left, used);
    if (MEASURES.every((measure) => left[measure] <= 0)) return leavesAtMs;
  }
  return undefined;
}
