import type { BudgetConfig } from './config.ts';

/** What is counted, in the units in which it is counted. Whole numbers, all of them. */
export type Amounts = {
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly microdollars: number;
};

export type Measure = keyof Amounts;

/** Of a window; a measure without a limit is infinite. */
export type Limits = Amounts;

export const MEASURES = [
  'requests',
  'inputTokens',
  'outputTokens',
  'microdollars',
] as const satisfies readonly Measure[];

export const NOTHING: Amounts = { requests: 0, inputTokens: 0, outputTokens: 0, microdollars: 0 };

const MICRODOLLARS_PER_DOLLAR = 1_000_000;

export function limitsOf({ limits }: Pick<BudgetConfig, 'limits'>): Limits {
  const dollars = limits.cost_dollars;
  return {
    requests: limits.requests ?? Number.POSITIVE_INFINITY,
    inputTokens: limits.input_tokens ?? Number.POSITIVE_INFINITY,
    outputTokens: limits.output_tokens ?? Number.POSITIVE_INFINITY,
    microdollars: dollars === undefined ? Number.POSITIVE_INFINITY : Math.round(dollars * MICRODOLLARS_PER_DOLLAR),
  };
}

/** The amounts that `of` answers for each measure. */
export function amountsOf(of: (measure: Measure) => number): Amounts {
  return {
    requests: of('requests'),
    inputTokens: of('inputTokens'),
    outputTokens: of('outputTokens'),
    microdollars: of('microdollars'),
  };
}

export function plus(left: Amounts, right: Amounts): Amounts {
  return {
    requests: left.requests + right.requests,
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    microdollars: left.microdollars + right.microdollars,
  };
}

export function minus(left: Amounts, right: Amounts): Amounts {
  return {
    requests: left.requests - right.requests,
    inputTokens: left.inputTokens - right.inputTokens,
    outputTokens: left.outputTokens - right.outputTokens,
    microdollars: left.microdollars - right.microdollars,
  };
}

export function atLeastNothing(amounts: Amounts): Amounts {
  return amountsOf((measure) => Math.max(0, amounts[measure]));
}

export function isNothing(amounts: Amounts): boolean {
  return MEASURES.every((measure) => amounts[measure] === 0);
}

/** Of the measures that have a limit, those of which `amounts` is more than the limit. */
export function measuresAbove(amounts: Amounts, limits: Limits): readonly Measure[] {
  return MEASURES.filter((measure) => amounts[measure] > limits[measure]);
}

/** The fullest measure as a part of its limit; a limit of 0 is full from the start. */
export function fullnessOf(used: Amounts, limits: Limits): number {
  let fullest = 0;
  for (const measure of MEASURES) {
    const limit = limits[measure];
    const part = limit === 0 ? 1 : used[measure] / limit;
    if (part > fullest) fullest = part;
  }
  return fullest;
}
