import type { Check } from './check.ts';
import type { CheckId } from './decision.ts';

/** These charge as they pass. What a budget charged is given back when the rate limit denies; the other way it is not. */
const CHARGING: readonly CheckId[] = ['budget', 'rate_limit'];

/**
 * The order in which checks run: as the configuration lists them, then the others in the order of the pipeline table.
 * What charges is always last, whatever is listed, so that a call that another check denies is never charged.
 */
export function pipelineOrder(checks: readonly Check[], listed: readonly CheckId[]): readonly Check[] {
  const place = (check: Check): number => {
    const charging = CHARGING.indexOf(check.id);
    if (charging !== -1) return checks.length + listed.length + charging;
    const index = listed.indexOf(check.id);
    return index === -1 ? listed.length + checks.indexOf(check) : index;
  };
  return [...checks].sort((left, right) => place(left) - place(right));
}
