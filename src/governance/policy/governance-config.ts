import { z } from 'zod';
import { toolBlocklistConfigSchema } from '#governance/blocklist/config';
import { budgetPolicyConfigSchema } from '#governance/budgets/config';
import { guardrailsConfigSchema } from '#governance/guardrails/config';
import { rateLimitConfigSchema } from '#governance/limits/config';
import { secretScanConfigSchema } from '#governance/secret-scan/config';
import { scopeCheckConfigSchema } from './checks/scope-config.ts';

/**
 * The `governance` slice of the services tree. Each policy may be listed once; one that is not listed runs with its
 * defaults, so that an empty file governs everything.
 */
export const governanceConfigSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe('When false no check judges; authentication and the record remain.'),
    policies: z
      .array(
        z.discriminatedUnion('id', [
          scopeCheckConfigSchema.extend({ id: z.literal('scope_check') }),
          secretScanConfigSchema.extend({ id: z.literal('secret_scan') }),
          guardrailsConfigSchema.extend({ id: z.literal('guardrails') }),
          toolBlocklistConfigSchema.extend({ id: z.literal('tool_blocklist') }),
          budgetPolicyConfigSchema.extend({ id: z.literal('budget') }),
          rateLimitConfigSchema.extend({ id: z.literal('rate_limit') }),
        ]),
      )
      .default([])
      .refine((policies) => new Set(policies.map((policy) => policy.id)).size === policies.length, {
        message: 'lists a policy twice',
      })
      .describe('The checks in the order in which they run; budget and rate_limit always run last.'),
  })
  .prefault({})
  .describe('What every call is judged by.');

export type GovernanceConfig = z.infer<typeof governanceConfigSchema>;

type Policy = GovernanceConfig['policies'][number];
export type PolicyId = Policy['id'];

/** The entry of one policy, or undefined where the file leaves it to its defaults. */
export function policyEntry<Id extends PolicyId>(
  config: GovernanceConfig,
  id: Id,
): Extract<Policy, { id: Id }> | undefined {
  return config.policies.find((policy): policy is Extract<Policy, { id: Id }> => policy.id === id);
}
