import type { Check } from './check.ts';
import type { CheckId } from './decision.ts';

/**
 * The order in which checks run: as the configuration lists them, then the others in the order of the pipeline table.
 * A limit is always last, whatever is listed: it charges as it passes, and a call that another check denies is never
 * charged.
 */
export function pipelineOrder(checks: readonly Check[], listed: readonly CheckId[]): readonly Check[] {
  const place = (check: Check): number => {
    if (check.id === 'rate_limit') return checks.length + listed.length;
    const index = listed.indexOf(check.id);
    return index === -1 ? listed.length + checks.indexOf(check) : index;
  };
  return [...checks].sort((left, right) => place(left) - place(right));
}
