import { gatewayConfigSchema } from '#features/gateway/config';
import { guardrailsConfigSchema } from '#governance/guardrails/config';
import { createContentGuard } from '#governance/guardrails/content-guard';
import { createOutputScanner } from '#governance/guardrails/output-scanner';
import { createTestScanner, createTestSecrets } from '#governance/secret-scan/testing/test-scanner';
import { OutputActions } from '../output-action.ts';

/** What an answer is guarded by, over a store that holds `known`; on a clock that stands still. */
export function createTestActions(guard: object, known: Readonly<Record<string, string>> = {}): OutputActions {
  const config = guardrailsConfigSchema.parse({});
  const clock = { nowMs: () => 0, monotonicMs: () => 0, after: () => () => {} };
  const scanner = createTestScanner({}, createTestSecrets(known));
  const outputScanner = createOutputScanner({ scanner, guard: createContentGuard({ config, clock }) });
  return new OutputActions(gatewayConfigSchema.parse({ output_guard: guard }).output_guard, outputScanner);
}
