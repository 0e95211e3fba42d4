import type { McpConfig } from '#features/mcp/config';
import type { ConfigProblem } from '#foundation/config-file/config-problem';
import type { JsonObject } from '#foundation/json';
import type { RateLimitConfig } from '#governance/limits/config';

/** The configuration as it stands in the files. What reads a value rejects when the configuration is not valid. */
export type ConfigurationDesk = {
  /** Every problem at once; empty when the configuration is valid. */
  problems(): Promise<readonly ConfigProblem[]>;
  /** The files that were read, in order. */
  files(): Promise<readonly string[]>;
  /** Both roots, complete by their defaults; credentials stand there by name only. */
  show(): Promise<JsonObject>;
  rateLimits(): Promise<RateLimitConfig>;
  mcpServers(): Promise<McpConfig>;
};
