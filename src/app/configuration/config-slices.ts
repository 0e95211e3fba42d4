import { agentsConfigSchema } from '#features/agents/config';
import { managedSettingsConfigSchema } from '#features/clients/managed-settings-config';
import { gatewayConfigSchema, providersConfigSchema } from '#features/gateway/config';
import { pricesConfigSchema } from '#features/gateway/pricing-config';
import { mcpConfigSchema } from '#features/mcp/config';
import { auditConfigSchema } from '#governance/audit/config';
import { budgetsConfigSchema } from '#governance/budgets/config';
import { identityConfigSchema } from '#governance/identity/config';
import { governanceConfigSchema } from '#governance/policy/governance-config';
import { secretsConfigSchema } from '#governance/secrets/config';
import { extensionsConfigSchema } from '../extensions/extensions.ts';
import { databaseConfigSchema, loggingConfigSchema, serverConfigSchema } from './server-config.ts';

/** The profile, `<home>/profiles/<name>/profile.yaml`: the settings of one environment, each slice owned by its module. */
export const PROFILE_SLICES = {
  server: serverConfigSchema.prefault({}).describe('Where the server listens, and how much it accepts.'),
  logging: loggingConfigSchema.prefault({}).describe('Diagnostics.'),
  database: databaseConfigSchema.prefault({}).describe('PostgreSQL.'),
  identity: identityConfigSchema.prefault({}).describe('Credentials and sessions.'),
  secrets: secretsConfigSchema.prefault({}).describe('The secret store.'),
  audit: auditConfigSchema.prefault({}).describe('The journal.'),
  gateway: gatewayConfigSchema.prefault({}).describe('Models: which route each takes.'),
  providers: providersConfigSchema,
  extensions: extensionsConfigSchema,
};

/** The services tree, `services/config/config.yaml` and what it includes: what an operator edits. */
export const SERVICES_SLICES = {
  mcp_servers: mcpConfigSchema,
  agents: agentsConfigSchema,
  governance: governanceConfigSchema,
  budgets: budgetsConfigSchema,
  prices: pricesConfigSchema,
  managed_settings: managedSettingsConfigSchema,
};
