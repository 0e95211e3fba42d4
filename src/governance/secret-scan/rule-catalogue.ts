import type { SecretRule } from './rule.ts';
import { AI_RULES } from './rules/ai.ts';
import { CLOUD_RULES } from './rules/cloud.ts';
import { DATA_RULES } from './rules/data.ts';
import { GENERIC_RULES } from './rules/generic.ts';
import { HOSTING_RULES } from './rules/hosting.ts';
import { IDENTITY_RULES } from './rules/identity.ts';
import { MESSAGING_RULES } from './rules/messaging.ts';
import { OBSERVABILITY_RULES } from './rules/observability.ts';
import { PACKAGE_RULES } from './rules/packages.ts';
import { PAYMENT_RULES } from './rules/payments.ts';
import { PRIVATE_KEY_RULES } from './rules/private-keys.ts';
import { PRODUCTIVITY_RULES } from './rules/productivity.ts';
import { SOURCE_CONTROL_RULES } from './rules/source-control.ts';
import { URL_RULES } from './rules/urls.ts';

/** Every rule that ships, in the order in which they are tried where several begin at one character. */
export const SECRET_RULES: readonly SecretRule[] = [
  ...IDENTITY_RULES,
  ...CLOUD_RULES,
  ...AI_RULES,
  ...SOURCE_CONTROL_RULES,
  ...PACKAGE_RULES,
  ...HOSTING_RULES,
  ...PAYMENT_RULES,
  ...MESSAGING_RULES,
  ...OBSERVABILITY_RULES,
  ...DATA_RULES,
  ...PRODUCTIVITY_RULES,
  ...PRIVATE_KEY_RULES,
  ...URL_RULES,
  ...GENERIC_RULES,
];
