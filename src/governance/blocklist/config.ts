import { z } from 'zod';
import { CATEGORY_DESCRIPTIONS, type Category } from './category.ts';

export const BLOCKLIST_ACTIONS = ['deny', 'ask', 'allow'] as const;

const action = z.enum(BLOCKLIST_ACTIONS);

export type BlocklistAction = z.infer<typeof action>;

/** Everybody but administrators is denied; `admin` is what an administrator gets unless configured. */
function actionsByRole(category: Category, admin: BlocklistAction) {
  return z
    .strictObject({
      admin: action.default(admin).describe('What happens to an administrator.'),
      user: action.default('deny').describe('What happens to a user.'),
      service: action.default('deny').describe('What happens to a service principal.'),
      a2a: action.default('deny').describe('What happens to another agent.'),
      mcp: action.default('deny').describe('What happens to an MCP server.'),
      anonymous: action.default('deny').describe('What happens to somebody unknown.'),
    })
    .prefault({})
    .describe(CATEGORY_DESCRIPTIONS[category]);
}

/**
 * The `tool_blocklist` entry of `governance.policies`. The role is the effective scope: the lesser of the principal's
 * and the agent's. Administrators are free of most categories, as they were of the original's whole list; devices and
 * unseen code are denied to them too, because no task needs an agent to do that.
 */
export const toolBlocklistConfigSchema = z.strictObject({
  id: z.literal('tool_blocklist').default('tool_blocklist').describe('Which policy this entry configures.'),
  enabled: z.boolean().default(true).describe('Whether the check judges; when false it passes everything.'),
  patterns: z
    .array(z.string().min(1).max(100))
    .default(['delete', 'drop', 'destroy'])
    .describe('Words that put a tool into the category tool-name: whole words of its name, in any case.'),
  categories: z
    .strictObject({
      'file-system': actionsByRole('file-system', 'allow'),
      database: actionsByRole('database', 'allow'),
      'git-history': actionsByRole('git-history', 'allow'),
      'disk-device': actionsByRole('disk-device', 'deny'),
      'remote-code': actionsByRole('remote-code', 'deny'),
      privilege: actionsByRole('privilege', 'allow'),
      'process-power': actionsByRole('process-power', 'allow'),
      cloud: actionsByRole('cloud', 'allow'),
      kubernetes: actionsByRole('kubernetes', 'allow'),
      mail: actionsByRole('mail', 'allow'),
      payment: actionsByRole('payment', 'allow'),
      'tool-name': actionsByRole('tool-name', 'allow'),
    })
    .prefault({})
    .describe('For each kind of destruction, what happens to which role: deny, ask (a person decides), allow.'),
  tools: z
    .array(
      z.strictObject({
        match: z.string().min(1).describe('A tool name in which * stands for any text.'),
        action: action.describe('What happens to this tool, whatever its name or its input says.'),
      }),
    )
    .default([])
    .describe('Exceptions: the first entry that matches decides alone.'),
});

export type ToolBlocklistConfig = z.infer<typeof toolBlocklistConfigSchema>;
