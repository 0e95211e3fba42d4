import { assert } from '#foundation/errors';
import type { Clock } from '#foundation/time';
import { toolBlocklistConfigSchema } from '#governance/blocklist/config';
import type { Budgets } from '#governance/budgets/budgets';
import { guardrailsConfigSchema } from '#governance/guardrails/config';
import { createContentGuard } from '#governance/guardrails/content-guard';
import { createOutputScanner, type OutputScanner } from '#governance/guardrails/output-scanner';
import type { RateLimiter } from '#governance/limits/rate-limiter';
import { CALL_KINDS, type CallKind } from '#governance/policy/call';
import { type Check, PAUSE_MICROS_MAX } from '#governance/policy/check';
import { createBudgetCheck } from '#governance/policy/checks/budget';
import { createGuardrailsCheck } from '#governance/policy/checks/guardrails';
import { createRateLimitCheck } from '#governance/policy/checks/rate-limit';
import { createScopeCheck } from '#governance/policy/checks/scope-check';
import { scopeCheckConfigSchema } from '#governance/policy/checks/scope-config';
import { createSecretScanCheck } from '#governance/policy/checks/secret-scan';
import { createToolBlocklistCheck } from '#governance/policy/checks/tool-blocklist';
import { type GovernanceConfig, type PolicyId, policyEntry } from '#governance/policy/governance-config';
import { pipelineOrder } from '#governance/policy/pipeline-order';
import { type RegisteredCheck, registeredCheck } from '#governance/policy/registered-check';
import { secretScanConfigSchema } from '#governance/secret-scan/config';
import { redactText } from '#governance/secret-scan/redact-text';
import type { SecretRule } from '#governance/secret-scan/rule';
import { createSecretScanner, type SecretScanner } from '#governance/secret-scan/secret-scanner';
import type { SecretSource } from '#governance/secrets/secret-value';

/**
 * The pipeline: which check (row) judges which kind of call (column), in the order in which they run. Authentication
 * comes before every row and is always the first finding.
 */
const PIPELINE_TABLE = `
                 model_request  tool_call  hook  prompt  result  agent_task  admin
scope_check            x            x        x      x       -        x         x
secret_scan            x            x        x      x       x        x         -
guardrails             x            x        x      x       x        x         -
tool_blocklist         -            x        x      -       -        x         -
budget                 x            -        -      -       -        -         -
rate_limit             x            x        x      x       -        x         -
`;

/** The kinds of call that the table gives to one check. */
function kindsOf(id: PolicyId): readonly CallKind[] {
  const [head = '', ...rows] = PIPELINE_TABLE.trim().split('\n');
  const kinds = head.trim().split(/\s+/);
  const marks = rows.map((row) => row.split(/\s+/)).find(([check]) => check === id);
  assert(marks !== undefined, `${id} has no row in the pipeline table`);
  return CALL_KINDS.filter((kind) => marks[kinds.indexOf(kind) + 1] === 'x');
}

export type PipelineTableDeps = {
  readonly config: () => GovernanceConfig;
  readonly extensions: () => GovernanceExtensions;
  readonly knownValues: SecretSource;
  readonly fingerprintKey: Buffer;
  readonly limiter: RateLimiter;
  readonly budgets: Budgets;
  readonly clock: Clock;
};

/** What extensions add to the pipeline. Their checks come after the built-in ones and before what is charged. */
export type GovernanceExtensions = {
  readonly checks: readonly RegisteredCheck[];
  readonly secretRules: readonly SecretRule[];
};

/** The checks of the configuration in force; made anew only when it has changed. */
export function createPipelineTable(deps: PipelineTableDeps): {
  checks(): readonly Check[];
  scanner(): SecretScanner;
  outputScanner(): OutputScanner;
} {
  let made:
    | {
        config: GovernanceConfig;
        extensions: GovernanceExtensions;
        checks: readonly Check[];
        scanner: SecretScanner;
        outputScanner: OutputScanner;
      }
    | undefined;
  function current() {
    const config = deps.config();
    const extensions = deps.extensions();
    if (made?.config !== config || made.extensions !== extensions) {
      made = { config, extensions, ...makeChecks(config, extensions, deps) };
    }
    return made;
  }
  return {
    checks: () => current().checks,
    scanner: () => current().scanner,
    outputScanner: () => current().outputScanner,
  };
}

function makeChecks(config: GovernanceConfig, extensions: GovernanceExtensions, deps: PipelineTableDeps) {
  const scope = policyEntry(config, 'scope_check') ?? scopeCheckConfigSchema.parse({});
  const scan = policyEntry(config, 'secret_scan') ?? secretScanConfigSchema.parse({});
  const guardrails = policyEntry(config, 'guardrails') ?? guardrailsConfigSchema.parse({});
  const blocklist = policyEntry(config, 'tool_blocklist') ?? toolBlocklistConfigSchema.parse({});
  const { knownValues, fingerprintKey, clock } = deps;
  const scanner = createSecretScanner({
    knownValues,
    fingerprintKey,
    config: scan,
    registeredRules: extensions.secretRules,
    clock,
  });
  const guard = createContentGuard({ config: guardrails, clock });
  const checks: readonly Check[] = [
    inTable(
      'scope_check',
      createScopeCheck(() => scope),
    ),
    inTable('secret_scan', createSecretScanCheck({ scanner, config: scan })),
    inTable('guardrails', createGuardrailsCheck({ guard, config: guardrails })),
    inTable(
      'tool_blocklist',
      createToolBlocklistCheck(() => blocklist),
    ),
    inTable('budget', createBudgetCheck(deps.budgets)),
    inTable('rate_limit', createRateLimitCheck(deps.limiter)),
    ...extensions.checks.map((check) => registeredCheck(check, (text) => redactText(text, scanner))),
  ];
  const listed = config.policies.map((policy) => policy.id);
  return {
    checks: config.enabled ? pipelineOrder(checks, listed) : [],
    scanner,
    outputScanner: createOutputScanner({ scanner, guard }),
  };
}

function inTable(id: PolicyId, check: Check): Check {
  assert(check.budgetMicros >= PAUSE_MICROS_MAX, `${id} would deny whoever calls while the machine is busy`);
  return { ...check, appliesTo: kindsOf(id) };
}
