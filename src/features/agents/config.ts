import { z } from 'zod';

/** Which of the declared things of one kind an agent gets. */
const selectionSchema = z
  .strictObject({
    source: z
      .enum(['explicit', 'instance'])
      .default('explicit')
      .describe('`explicit`: those in `include`. `instance`: all of this installation, less those in `exclude`.'),
    include: z.array(z.string().min(1)).default([]).describe('Names that are taken; for source `explicit`.'),
    exclude: z.array(z.string().min(1)).default([]).describe('Names that are left out; for source `instance`.'),
  })
  .prefault({});

const cardSchema = z
  .strictObject({
    protocolVersion: z.string().min(1).default('0.3.0').describe('Version of the A2A protocol.'),
    displayName: z.string().min(1).optional().describe('The name that people read; `name` when left out.'),
    description: z.string().default('').describe('What the agent is for.'),
    version: z.string().min(1).default('1.0.0').describe('The version of the agent itself.'),
    preferredTransport: z.enum(['JSONRPC', 'GRPC', 'HTTP+JSON']).default('JSONRPC').describe('How it is spoken to.'),
    capabilities: z
      .strictObject({
        streaming: z.boolean().default(true).describe('Whether it answers piece by piece.'),
        pushNotifications: z.boolean().default(false).describe('Whether it calls back.'),
        stateTransitionHistory: z.boolean().default(false).describe('Whether a task tells its past states.'),
      })
      .prefault({})
      .describe('What it can do beyond answering.'),
    defaultInputModes: z.array(z.string().min(1)).default(['text/plain']).describe('Media types that it reads.'),
    defaultOutputModes: z.array(z.string().min(1)).default(['text/plain']).describe('Media types that it writes.'),
    security: z
      .array(z.record(z.string(), z.array(z.string())))
      .default([])
      .describe('Security requirements of the card: scheme to scopes.'),
  })
  .prefault({})
  .describe('The card by which other agents know it (A2A).');

const oauthSchema = z
  .strictObject({
    required: z.boolean().default(true).describe('Whether a caller without a credential is refused.'),
    scopes: z
      .array(z.string().min(1))
      .default(['user'])
      .describe('What a caller needs. The role among them is the scope of the agent, which narrows its caller.'),
    audience: z.string().min(1).default('a2a').describe('Audience that a token must name.'),
  })
  .prefault({})
  .describe('How the agent is protected, and the scope in which it acts.');

const metadataSchema = z
  .strictObject({
    systemPrompt: z.string().default('').describe('The system prompt.'),
    mcpServers: selectionSchema.describe('MCP servers that it may use.'),
    skills: selectionSchema.describe('Skills that it has.'),
  })
  .prefault({})
  .describe('What the agent is made of.');

export const agentSchema = z.strictObject({
  name: z.string().min(1).optional().describe('The name that records show; the key when left out.'),
  enabled: z.boolean().default(true).describe('Whether the agent exists at all.'),
  port: z.int().min(1).max(65_535).optional().describe('Port of an agent that listens by itself.'),
  endpoint: z.string().min(1).optional().describe('Where it is reached; below /api/v1/agents/ when left out.'),
  dev_only: z.boolean().default(false).describe('Whether it exists in development only.'),
  is_primary: z.boolean().default(false).describe('Whether it is offered first.'),
  default: z.boolean().default(false).describe('Whether it answers when no agent is named.'),
  tags: z.array(z.string().min(1)).default([]).describe('Words to find it by.'),
  card: cardSchema,
  metadata: metadataSchema,
  oauth: oauthSchema,
});

/** The `agents` slice of the services tree. */
export const agentsConfigSchema = z
  .record(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be lower-case letters, digits, _ and -'), agentSchema)
  .default({})
  .describe('Agents by id.');

export type AgentsConfig = z.infer<typeof agentsConfigSchema>;
export type AgentConfig = z.infer<typeof agentSchema>;
