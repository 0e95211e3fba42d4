/**
 * Money is integers. A price of $X per million tokens is X microdollars per token; sums are kept in nanodollars
 * (bigint) and rounded once, at the end, half up.
 */
export type Nanodollars = bigint;

const NANO_PER_MICRO = 1_000n;

/** Nanodollars per token from a price in dollars per million tokens; exact to a thousandth of a microdollar. */
export function nanodollarsPerToken(dollarsPerMillion: number): Nanodollars {
  return BigInt(Math.round(dollarsPerMillion * 1_000));
}

/** Whole microdollars, half up. */
export function roundToMicrodollars(amount: Nanodollars): number {
  return Number((amount + NANO_PER_MICRO / 2n) / NANO_PER_MICRO);
}

/** `$0.001234` from microdollars. */
export function formatMicrodollars(microdollars: number): string {
  return `$${(microdollars / 1_000_000).toFixed(6)}`;
}
