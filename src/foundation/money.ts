/**
 * Money is integers. A price of $X per million tokens is X microdollars per token, and prices go down to a millionth of
 * that; sums are kept in picodollars (bigint) and rounded once, at the end.
 */
export type Picodollars = bigint;

/** What budgets count in. */
export type Nanodollars = bigint;

const PICO_PER_NANO = 1_000n;
const PICO_PER_MICRO = 1_000_000n;

/** Picodollars per token from a price in dollars per million tokens; exact to six decimals. */
export function picodollarsPerToken(dollarsPerMillion: number): Picodollars {
  return BigInt(Math.round(dollarsPerMillion * 1_000_000));
}

/** Whole microdollars, half up. */
export function roundToMicrodollars(amount: Picodollars): number {
  return Number((amount + PICO_PER_MICRO / 2n) / PICO_PER_MICRO);
}

/** Whole nanodollars, never less than the amount. */
export function ceilToNanodollars(amount: Picodollars): Nanodollars {
  return (amount + PICO_PER_NANO - 1n) / PICO_PER_NANO;
}

/** `$0.001234` from microdollars. */
export function formatMicrodollars(microdollars: number): string {
  return `$${(microdollars / 1_000_000).toFixed(6)}`;
}
