/** What a model takes of the Messages API; models differ, and answer 400 to what they do not take. */
export type ModelTraits = {
  /** `thinking: {type: "enabled", budget_tokens}`. */
  readonly takesBudget: boolean;
  /** `thinking: {type: "adaptive"}` and `output_config.effort`. */
  readonly takesAdaptive: boolean;
  /** Cannot be told not to think, and therefore not be made to call a tool. */
  readonly alwaysThinks: boolean;
  /** Without being asked to. */
  readonly thinksByDefault: boolean;
  readonly takesSampling: boolean;
  readonly takesTemperatureWithTopP: boolean;
  /** `role: "system"` among the messages. */
  readonly takesSystemTurns: boolean;
  readonly takesXhighEffort: boolean;
};

/** Models of other makers behind this wire follow the API as it was before models began to differ. */
const UNKNOWN: ModelTraits = {
  takesBudget: true,
  takesAdaptive: false,
  alwaysThinks: false,
  thinksByDefault: false,
  takesSampling: true,
  takesTemperatureWithTopP: true,
  takesSystemTurns: false,
  takesXhighEffort: false,
};

/**
 * By the name alone, from the model pages and migration guides of platform.claude.com (read 2026-11): budgets end with
 * 4.6 where adaptive thinking begins, sampling ends with 4.6, turns of the system begin with 4.8 (not Sonnet 5.0, and
 * not on other clouds), thinking cannot be turned off from 5.5 on, and never could on Fable and Mythos.
 */
export function traitsOf(model: string, provider: string): ModelTraits {
  const claude = versionOf(model);
  if (claude === undefined) return UNKNOWN;
  const { family, version } = claude;
  const alwaysThinks = version >= 5.05 || family === 'fable' || family === 'mythos';
  return {
    takesBudget: version < 4.07,
    takesAdaptive: version >= 4.06,
    alwaysThinks,
    thinksByDefault: alwaysThinks || version >= 5,
    takesSampling: version < 4.07,
    takesTemperatureWithTopP: version < 4.01,
    takesSystemTurns:
      version >= 4.08 && !(family === 'sonnet' && version === 5) && !/bedrock|vertex|foundry|azure/i.test(provider),
    takesXhighEffort: version >= 4.07,
  };
}

/**
 * `claude-sonnet-4-5-20250929` is 4.05, `claude-3-7-sonnet` 3.07, `claude-opus-5` 5: hundredths, so that versions
 * compare as numbers. Dates are no versions. Undefined for what is no Claude model.
 */
function versionOf(model: string): { readonly family: string; readonly version: number } | undefined {
  const name = model.toLowerCase();
  const after = /claude-(opus|sonnet|haiku|fable|mythos)-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/.exec(name);
  if (after !== null) return { family: after[1] ?? '', version: hundredths(after[2], after[3]) };
  const before = /claude-(\d{1,2})(?:[-.](\d{1,2}))?-(opus|sonnet|haiku)/.exec(name);
  if (before !== null) return { family: before[3] ?? '', version: hundredths(before[1], before[2]) };
  // `claude-mythos-preview` came without a number.
  return name.includes('claude-mythos') ? { family: 'mythos', version: 4.07 } : undefined;
}

function hundredths(major: string | undefined, minor: string | undefined): number {
  return (Number(major) * 100 + Number(minor ?? 0)) / 100;
}
