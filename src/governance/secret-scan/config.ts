import { z } from 'zod';

const action = z.enum(['deny', 'ask', 'redact', 'flag']);

/** What follows from a finding. */
export type SecretAction = z.infer<typeof action>;

const toolSchema = z.strictObject({
  match: z.string().min(1).describe('Tool name with * as wildcard, such as mcp__files__*.'),
  action: action.describe('What a structured secret (known format or known value) does in a call to this tool.'),
  review_action: action
    .optional()
    .describe('The same for generic findings; without it the general review_action holds.'),
});

const extraPatternSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}$/, 'letters, digits, spaces, dots, - and _; at most 64')
    .describe('Rule id in reasons and records.'),
  prefix: z
    .string()
    .regex(/^[\x21-\x7e]{2,128}$/, '2 to 128 printable ASCII characters')
    .describe('What the secret begins with, letter for letter. Whatever begins so is denied.'),
});

const entropySchema = z.strictObject({
  enabled: z.boolean().default(true).describe('Flag long random tokens of no known format.'),
  min_len: z.int().min(16).max(128).default(32).describe('Characters that a token has at least.'),
  threshold: z.number().min(0).max(1).default(0.8).describe('Shannon entropy as a share of the most possible.'),
  allowlist: z
    .array(z.string().refine(isPattern, 'not a valid regular expression'))
    .default([])
    .describe('Regular expressions of tokens that are never flagged.'),
});

const budgetsSchema = z.strictObject({
  content_chars_max: z
    .int()
    .min(1_024)
    .default(16_777_216)
    .describe('Characters of one call, decoded views counted as well; above it the call is denied.'),
  time_ms_max: z.int().min(1).default(250).describe('Milliseconds of one scan; above it the call is denied.'),
  time_ms_per_megabyte: z
    .int()
    .min(0)
    .default(150)
    .describe('Milliseconds more for each megabyte (1,048,576 characters) of the call itself, decoded views left out.'),
  matches_max: z.int().min(1).default(1_024).describe('Findings of one scan; above it the call is denied.'),
});

/** The `secret_scan` policy of the governance configuration. */
export const secretScanConfigSchema = z.strictObject({
  enabled: z.boolean().default(true).describe('Scan arguments, prompts and results for credentials.'),
  tools: z.array(toolSchema).default([]).describe('Per-tool actions; the first match holds, otherwise deny.'),
  review_action: action.default('flag').describe('What a generic finding (assignment, entropy) does.'),
  history: z
    .enum(['off', 'audit', 'block'])
    .default('audit')
    .describe('What a finding in earlier turns of a conversation does: not scanned, flagged, or as in a new turn.'),
  extra_patterns: z
    .array(extraPatternSchema)
    .default([])
    .describe('Secrets of your own that begin with a fixed prefix.'),
  entropy: entropySchema.prefault({}).describe('The generic detector of random tokens.'),
  budgets: budgetsSchema.prefault({}).describe('Bounds of one scan.'),
});

export type SecretScanConfig = z.infer<typeof secretScanConfigSchema>;

function isPattern(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}
