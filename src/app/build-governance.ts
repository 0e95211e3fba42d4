import { join } from 'node:path';
import type { IdSource } from '#foundation/ids';
import type { Part } from '#foundation/lifecycle';
import type { Logger } from '#foundation/logging';
import type { PooledDatabase } from '#foundation/postgres/database';
import type { Clock } from '#foundation/time';
import { type AuditService, createAudit } from '#governance/audit/audit';
import { type Budgets, createBudgets } from '#governance/budgets/budgets';
import { recordThreshold } from '#governance/budgets/record-threshold';
import { createSharedBudgetStore } from '#governance/budgets/shared-budget-store';
import { createGovernor, type Governor } from '#governance/governor';
import type { OutputScanner } from '#governance/guardrails/output-scanner';
import { createIdentity, type Identity } from '#governance/identity/identity';
import { createIdentityOutbox } from '#governance/identity/identity-outbox';
import { rateLimitConfigSchema } from '#governance/limits/config';
import { createRateLimitStore } from '#governance/limits/rate-limit-store';
import { createRateLimiter } from '#governance/limits/rate-limiter';
import { policyEntry } from '#governance/policy/governance-config';
import { createPipeline } from '#governance/policy/pipeline';
import type { SecretScanner } from '#governance/secret-scan/secret-scanner';
import type { SecretStore } from '#governance/secrets/secret-store';
import type { Configuration } from './configuration/configuration.ts';
import type { Home } from './home.ts';
import type { Installation } from './installation.ts';
import { createPipelineTable } from './pipeline-table.ts';

export type GovernanceDeps = {
  readonly configuration: () => Configuration;
  readonly database: PooledDatabase;
  readonly secrets: SecretStore;
  readonly home: Home;
  readonly installation: Installation;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
};

export type Governance = {
  readonly identity: Identity;
  readonly audit: AuditService;
  readonly governor: Governor;
  readonly budgets: Budgets;
  /** The scanner of the configuration in force. */
  readonly scanner: () => SecretScanner;
  /** Of the same configuration, for what models say. */
  readonly outputScanner: () => OutputScanner;
  /** In the order in which they start. */
  readonly parts: readonly Part[];
};

/** Who may do what, and what was recorded: everything between a caller and a decision. */
export function buildGovernance(deps: GovernanceDeps): Governance {
  const { configuration, database, home, clock, ids, logger } = deps;
  const { profile } = configuration();
  const audit = createAudit({
    journalDirectory: home.journal,
    keyDirectory: home.audit,
    database,
    clock,
    ids,
    logger,
    config: profile.audit,
  });
  const identity = createIdentity({
    database,
    clock,
    ids,
    logger,
    config: profile.identity,
    signingKeyPath: profile.identity.signing_key_file ?? join(home.keys, 'access-token.json'),
  });
  const outbox = createIdentityOutbox({ database, append: (record) => audit.append(record), clock, logger });
  const defaultLimits = rateLimitConfigSchema.parse({});
  const limiter = createRateLimiter({
    store: createRateLimitStore(database),
    clock,
    config: () => policyEntry(configuration().services.governance, 'rate_limit') ?? defaultLimits,
    processId: deps.installation.id,
    logger,
  });
  const budgets = createBudgets({
    store: createSharedBudgetStore(database),
    clock,
    config: () => {
      const { governance, budgets: listed } = configuration().services;
      return policyEntry(governance, 'budget')?.enabled === false ? NO_BUDGETS : listed;
    },
    processId: deps.installation.id,
    logger,
    onThreshold: (passed, call) => recordThreshold(passed, call, { audit, clock, logger }),
  });
  const table = createPipelineTable({
    config: () => configuration().services.governance,
    extensions: () => configuration().extensions,
    knownValues: deps.secrets,
    fingerprintKey: deps.installation.fingerprintKey,
    limiter,
    budgets,
    clock,
  });
  const pipeline = createPipeline(table.checks, clock);
  const governor = createGovernor({ pipeline, audit, clock, charges: budgets });
  return {
    identity,
    audit,
    governor,
    budgets,
    scanner: table.scanner,
    outputScanner: table.outputScanner,
    parts: [audit, identity, outbox, limiter, budgets],
  };
}

const NO_BUDGETS = [] as const;
