import { messageOf } from '#foundation/errors';
import type { Logger } from '#foundation/logging';
import type { Clock } from '#foundation/time';
import type { Audit } from '../audit/audit.ts';
import { correlationColumns } from '../governor.ts';
import type { Call } from '../policy/call.ts';
import type { ThresholdPassed } from './budgets.ts';

/** Records that an account passed a threshold, once for all processes; never throws and never rejects. */
export function recordThreshold(
  passed: ThresholdPassed,
  call: Call,
  deps: { readonly audit: Pick<Audit, 'append'>; readonly clock: Clock; readonly logger: Logger },
): void {
  const { budgetId, value, threshold, used, dedupKey } = passed;
  deps.logger.warn({ budget: budgetId, value, threshold }, 'a budget has passed a threshold');
  deps.audit
    .append({
      kind: 'event',
      at_ms: deps.clock.nowMs(),
      ...correlationColumns(call.correlation),
      tenant_id: call.principal.tenantId,
      event: {
        type: 'plugin_usage',
        plugin_id: null,
        hook_event_name: 'BudgetThreshold',
        tool_name: call.toolName,
        tool_use_id: null,
        agent_id: call.agent?.id ?? null,
        dedup_key: dedupKey,
        payload: {
          budget: budgetId,
          value,
          threshold,
          requests: used.requests,
          input_tokens: used.inputTokens,
          output_tokens: used.outputTokens,
          microdollars: used.microdollars,
        },
      },
    })
    .catch((error: unknown) => {
      deps.logger.error({ budget: budgetId, problem: messageOf(error) }, 'a passed threshold could not be recorded');
    });
}
