import { z } from 'zod';

/** `cache` of a route; nothing is cached where it is left out. */
export const responseCacheSchema = z
  .strictObject({
    ttl_s: z.number().int().min(1).max(604_800).default(300).describe('How long an answer is good for, in seconds.'),
    entries_max: z
      .number()
      .int()
      .min(1)
      .max(100_000)
      .default(1_000)
      .describe('Answers that are kept at most; the oldest gives way.'),
    bytes_max: z
      .number()
      .int()
      .min(1_024)
      .max(1_073_741_824)
      .default(67_108_864)
      .describe('Memory that they may take together, in bytes.'),
    price: z
      .enum(['zero', 'full'])
      .default('zero')
      .describe('What an answer from the cache costs: nothing, or as much as if its upstream had been asked.'),
    tool_calls: z
      .boolean()
      .default(false)
      .describe('Whether answers that call tools are kept as well; the calls of every copy have the same ids.'),
  })
  .describe('Serves repeated requests from memory, within one tenant, role and department; off when left out.');

export type ResponseCacheConfig = z.infer<typeof responseCacheSchema>;
