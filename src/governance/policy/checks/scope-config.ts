import { z } from 'zod';
import { ROLES } from '#governance/identity/role';

/** The `scope_check` entry of `governance.policies`. */
export const scopeCheckConfigSchema = z.strictObject({
  id: z.literal('scope_check').default('scope_check').describe('Which policy this entry configures.'),
  enabled: z.boolean().default(true).describe('Whether the check judges; when false it passes everything.'),
  admin_only_prefixes: z
    .array(z.string().min(1))
    .default(['mcp__systemprompt__'])
    .describe('Tools whose full name begins with one of these are for the role admin alone.'),
  tools: z
    .array(
      z.strictObject({
        match: z
          .string()
          .min(1)
          .describe(
            'A tool name in which * stands for any text: a full MCP name mcp__<server>__<tool>, or a bare name.',
          ),
        roles: z.array(z.enum(ROLES)).describe('The roles that may call it; an empty list is nobody.'),
      }),
    )
    .default([])
    .describe('Which roles may call which tools; the first entry that matches decides, a tool without one is free.'),
});

export type ScopeCheckConfig = z.infer<typeof scopeCheckConfigSchema>;
