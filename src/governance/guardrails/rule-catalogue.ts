import type { GuardRule } from './guard-rule.ts';
import { EXFILTRATION_RULES } from './rules/exfiltration.ts';
import { PERSONAL_DATA_RULES } from './rules/personal-data.ts';
import { SMUGGLING_RULES } from './rules/unicode-smuggling.ts';

/** Every control that ships; canaries come from the configuration. */
export const GUARD_RULES: readonly GuardRule[] = [...SMUGGLING_RULES, ...EXFILTRATION_RULES, ...PERSONAL_DATA_RULES];

export const CANARY_RULE = 'canary';
export const GUARD_BUDGET_RULE = 'scan-budget';

export const GUARD_RULE_IDS: readonly string[] = [...GUARD_RULES.map(({ id }) => id), CANARY_RULE];
