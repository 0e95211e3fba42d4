import { z } from 'zod';

/** The `mcp_servers` slice of the services tree: one entry for each declared server. */

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?$/;

const sandboxSchema = z
  .union([
    z.enum(['none', 'auto', 'bwrap']),
    z.strictObject({
      command: z
        .array(z.string().min(1))
        .min(1)
        .describe("Words put in front of the server's own, such as docker run --rm -i IMAGE."),
    }),
  ])
  .default('auto')
  .describe('What confines the child: none, auto (whatever this machine offers), bwrap, or a wrapping command.');

const oauthSchema = z
  .strictObject({
    required: z
      .boolean()
      .default(true)
      .describe('Taken from older trees. A caller without a credential is refused whatever it says.'),
    scopes: z
      .array(z.string().min(1))
      .default([])
      .describe('Scopes that a caller needs; the name of a role stands for that role and those above it.'),
    audience: z.string().min(1).optional().describe("Audience that a token must name; the server's name by default."),
    client_id: z.string().min(1).optional().describe('Client that the server is registered as, for documentation.'),
  })
  .prefault({})
  .describe('How this server is protected as an OAuth resource (RFC 9728).');

const toolsSchema = z
  .strictObject({
    allow: z.array(z.string()).default(['*']).describe('Tools that may be listed and called; * matches anything.'),
    deny: z.array(z.string()).default([]).describe('Tools that may be neither; a deny wins over an allow.'),
  })
  .prefault({})
  .describe('Which of the tools of the server exist for callers.');

const headerSchema = z.union([
  z.string(),
  z.strictObject({
    secret: z.string().min(1).describe('Name in the secret store; the value is added when the request is sent.'),
    prefix: z.string().default('').describe('Text in front of the value, such as "Bearer ".'),
  }),
]);

const common = {
  enabled: z.boolean().default(true).describe('Whether the server exists at all.'),
  description: z.string().default('').describe('One sentence for people.'),
  display_in_web: z.boolean().default(true).describe('Whether the console shows the server.'),
  removable: z.boolean().default(true).describe('Whether the console offers to remove the server.'),
  isolation: z
    .enum(['shared', 'session', 'call'])
    .default('session')
    .describe('Who shares a child or upstream session: every caller, one client session, or a single call.'),
  tools: toolsSchema,
  oauth: oauthSchema,
  start_timeout_ms: z.int().min(1).max(600_000).default(30_000).describe('Longest start, up to the end of initialize.'),
  call_timeout_ms: z.int().min(1).max(3_600_000).default(120_000).describe('Longest single call.'),
  idle_timeout_ms: z
    .int()
    .min(1)
    .max(86_400_000)
    .default(300_000)
    .describe('How long a child or upstream session without calls is kept.'),
  children_max: z.int().min(1).max(1_000).default(64).describe('Most children or upstream sessions at a time.'),
};

const stdioSchema = z.strictObject({
  ...common,
  type: z.literal('stdio').describe('A child process that speaks over its standard input and output.'),
  command: z
    .string()
    .min(1)
    .refine((command) => command.startsWith('/') || !command.includes('/'), 'must be absolute or a name on PATH')
    .describe('Program: absolute, or a name on PATH; never run through a shell.'),
  args: z.array(z.string()).default([]).describe('Arguments, passed as they stand.'),
  env: z.record(z.string(), z.string()).default({}).describe('Plain environment values of the child.'),
  secrets: z
    .record(z.string(), z.string().min(1))
    .default({})
    .describe('Environment name to the name in the secret store; nothing else is injected.'),
  cwd: z.string().startsWith('/').optional().describe('Working directory; its own scratch directory by default.'),
  sandbox: sandboxSchema,
});

const httpSchema = z.strictObject({
  ...common,
  type: z.literal('http').describe('A server elsewhere that speaks Streamable HTTP.'),
  url: z
    .url({ protocol: /^https?$/ })
    .describe('Its endpoint; what stands here may name loopback and private addresses.'),
  headers: z.record(z.string(), headerSchema).default({}).describe('Headers of each request: text, or a secret.'),
});

const internalSchema = z.strictObject({
  ...common,
  type: z.literal('internal').describe('A server that is part of this program or of an extension.'),
});

export const mcpServerSchema = z.discriminatedUnion('type', [stdioSchema, httpSchema, internalSchema]);

export const mcpConfigSchema = z
  .record(z.string().regex(NAME, 'must be letters, digits, _ . - (at most 64)'), mcpServerSchema)
  .default({})
  .describe('MCP servers by name.');

export type McpConfig = z.infer<typeof mcpConfigSchema>;
export type McpServerConfig = z.infer<typeof mcpServerSchema>;
export type StdioServerConfig = z.infer<typeof stdioSchema>;
export type HttpServerConfig = z.infer<typeof httpSchema>;

/** A declared server with its name, as everything below the configuration sees it. */
export type ServerDefinition<Config extends McpServerConfig = McpServerConfig> = {
  readonly name: string;
  readonly config: Config;
};

export type StdioDefinition = ServerDefinition<StdioServerConfig>;
export type HttpDefinition = ServerDefinition<HttpServerConfig>;
