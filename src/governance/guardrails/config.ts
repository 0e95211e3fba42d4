import { z } from 'zod';
import { GUARD_RULE_IDS } from './rule-catalogue.ts';

const action = z.enum(['deny', 'ask', 'redact', 'flag', 'off']);

/** What follows from a finding. */
export type GuardAction = z.infer<typeof action>;

const actionsSchema = z.strictObject({
  smuggling: action.default('deny').describe('Text in characters that nobody sees: tags, bidi overrides, zero width.'),
  canaries: action.default('deny').describe('A planted value has turned up.'),
  exfiltration: action.default('flag').describe('An image or link that takes data to a host not in allowed_hosts.'),
  personal_data: action.default('off').describe('Cards, IBANs and numbers of persons, proved by check digits.'),
});

const canarySchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}$/, 'letters, digits, spaces, dots, - and _; at most 64')
    .describe('What records call it; the value is never recorded.'),
  value: z.string().min(8).max(512).describe('The planted value; found also when encoded, reversed or split.'),
});

const budgetsSchema = z.strictObject({
  content_chars_max: z.int().min(1_024).default(16_777_216).describe('Characters of one call; above it, denied.'),
  time_ms_max: z.int().min(1).default(250).describe('Milliseconds of one scan; above it the call is denied.'),
  time_ms_per_megabyte: z
    .int()
    .min(0)
    .default(150)
    .describe('Milliseconds more for each megabyte (1,048,576 characters) of the call itself.'),
  matches_max: z.int().min(1).default(1_024).describe('Findings of one scan; above it the call is denied.'),
});

/** The `guardrails` policy of the governance configuration. */
export const guardrailsConfigSchema = z.strictObject({
  enabled: z.boolean().default(true).describe('Look for hidden text, leaking addresses, canaries and personal data.'),
  actions: actionsSchema.prefault({}).describe('What a finding of each family does: deny, ask, redact, flag, off.'),
  rules: z
    .partialRecord(
      z.string().refine((id) => GUARD_RULE_IDS.includes(id), 'is no rule of the guardrails'),
      action,
    )
    .default({})
    .describe('What a finding of one rule does instead, such as `credit-card: redact`.'),
  canaries: z.array(canarySchema).default([]).describe('Values planted where nobody has any business to read them.'),
  allowed_hosts: z
    .array(z.string().min(1).max(253).toLowerCase())
    .default([])
    .describe('Hosts that images and links may take data to; * stands for any characters, as in *.example.com.'),
  history: z
    .enum(['off', 'audit', 'block'])
    .default('off')
    .describe('What a finding in earlier turns of a conversation does: not scanned, flagged, or as in a new turn.'),
  budgets: budgetsSchema.prefault({}).describe('Bounds of one scan.'),
});

export type GuardrailsConfig = z.infer<typeof guardrailsConfigSchema>;
