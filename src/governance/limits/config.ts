import { z } from 'zod';

const multiplier = z.number().min(0).max(1_000);

/** The `rate_limit` entry of `governance.policies`. */
export const rateLimitConfigSchema = z.strictObject({
  id: z.literal('rate_limit').default('rate_limit').describe('Which policy this entry configures.'),
  enabled: z.boolean().default(true).describe('Whether calls are counted; when false every call passes.'),
  requests_per_window: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(300)
    .describe('Calls that one session of the role user may make within one window.'),
  window_secs: z.int().min(1).max(3_600).default(60).describe('Length of the sliding window, in seconds.'),
  role_multipliers: z
    .strictObject({
      admin: multiplier.default(10).describe('Times requests_per_window for the role admin.'),
      user: multiplier.default(1).describe('Times requests_per_window for the role user.'),
      service: multiplier.default(5).describe('Times requests_per_window for the role service.'),
      a2a: multiplier.default(5).describe('Times requests_per_window for the role a2a.'),
      mcp: multiplier.default(5).describe('Times requests_per_window for the role mcp.'),
      anonymous: multiplier.default(0.5).describe('Times requests_per_window for the role anonymous.'),
    })
    .prefault({})
    .describe('How much more or less a role may do than requests_per_window says; 0 is nothing at all.'),
  principal_multiplier: z
    .number()
    .min(1)
    .max(1_000)
    .default(4)
    .describe('Ceiling of one principal over all of its sessions, as a multiple of its session limit.'),
});

export type RateLimitConfig = z.infer<typeof rateLimitConfigSchema>;
