import { z } from 'zod';
import { ROLES } from '#governance/identity/role';

const matchSchema = z
  .strictObject({
    roles: z.array(z.enum(ROLES)).default([]).describe('Roles; empty matches every role.'),
    departments: z.array(z.string().min(1)).default([]).describe('Departments; empty matches every department.'),
    users: z.array(z.string().min(1)).default([]).describe('User ids or e-mail addresses; empty matches everyone.'),
  })
  .prefault({})
  .describe('Whom these settings are for: everyone who fits every list that is not empty.');

/** The `managed_settings` slice of the services tree: what the clients of the fleet are told to be. */
export const managedSettingsConfigSchema = z
  .array(
    z.strictObject({
      id: z.string().min(1).optional().describe('A name for records.'),
      match: matchSchema,
      settings: z
        .record(z.string().min(1), z.json())
        .describe('Settings of the client, in its own words and passed on as they stand.'),
    }),
  )
  .default([])
  .describe('Settings that clients fetch; the first entry that matches the caller wins.');

export type ManagedSettingsConfig = z.infer<typeof managedSettingsConfigSchema>;
