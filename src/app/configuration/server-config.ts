import { z } from 'zod';

/** The `server` slice of the profile. */
export const serverConfigSchema = z.strictObject({
  host: z
    .string()
    .default('127.0.0.1')
    .describe('Address to listen on. Anything but loopback needs TLS or a trusted proxy.'),
  port: z.int().min(0).max(65_535).default(8080).describe('Port to listen on; 0 takes a free one.'),
  public_url: z
    .url()
    .nullable()
    .default(null)
    .describe('The URL under which clients reach this server, when it is not the address that it listens on.'),
  trusted_proxies: z
    .array(z.string())
    .default([])
    .describe('Addresses of proxies that end TLS before this server; naming one permits a wider bind.'),
  allowed_origins: z.array(z.string()).default([]).describe('Origins of browser pages that may call, besides our own.'),
  message_bytes_max: z.int().positive().default(33_554_432).describe('Largest body of a model request, in bytes.'),
  hook_bytes_max: z.int().positive().default(4_194_304).describe('Largest body of a hook event, in bytes.'),
  mcp_bytes_max: z.int().positive().default(4_194_304).describe('Largest body of an MCP message, in bytes.'),
  head_ms_max: z.int().positive().default(10_000).describe('How long the head of a request may take to arrive.'),
  request_ms_max: z.int().positive().default(120_000).describe('How long a whole request may take to arrive.'),
  drain_ms_max: z.int().positive().default(10_000).describe('How long calls in flight may take to end at a stop.'),
});

export type ServerConfig = z.infer<typeof serverConfigSchema>;

export const loggingConfigSchema = z.strictObject({
  level: z
    .enum(['silent', 'error', 'warn', 'info', 'debug'])
    .default('info')
    .describe('Least severity that is logged.'),
});

export const databaseConfigSchema = z.strictObject({
  pool_max: z.int().min(2).max(200).default(10).describe('Connections of one process to PostgreSQL.'),
  statement_timeout_ms: z
    .int()
    .min(100)
    .max(600_000)
    .default(30_000)
    .describe('Longest single statement, in milliseconds.'),
});
