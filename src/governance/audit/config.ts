import { z } from 'zod';
import { PAYLOAD_BYTES_LIMIT } from './framing.ts';

/** The `audit` slice of the profile. */
export const auditConfigSchema = z
  .strictObject({
    mode: z
      .enum(['strict', 'bounded'])
      .default('strict')
      .describe(
        'strict: a call waits until its decision is on the disk. bounded: it waits only when `loss_window` is used up; ' +
          'a power cut may lose what stands in that window.',
      ),
    loss_window: z
      .strictObject({
        records: z.int().min(1).max(100_000).default(1_000).describe('Records that may be lost at most.'),
        ms: z
          .int()
          .min(1)
          .max(10_000)
          .default(100)
          .describe('Age of the oldest record that may be lost, milliseconds.'),
      })
      .prefault({})
      .describe('What mode `bounded` may lose; without effect in mode `strict`.'),
    log_id: z
      .string()
      .regex(/^[0-9a-f]{12}$/)
      .nullable()
      .default(null)
      .describe(
        'The journal to continue; needed only when the journal directory holds several. Null: the one there is.',
      ),
    segment_bytes_max: z
      .int()
      .min(4_096)
      .max(1_073_741_824)
      .default(16_777_216)
      .describe('Size at which the journal begins a new file, bytes.'),
    quota_bytes: z
      .int()
      .min(65_536)
      .default(2_147_483_648)
      .describe(
        'Disk space that the journal may take while the database is away, bytes. Calls are denied when it is used up; ' +
          'the last twentieth is kept for the outcomes of calls already allowed.',
      ),
    record_bytes_max: z
      .int()
      .min(1_024)
      .max(PAYLOAD_BYTES_LIMIT)
      .default(8_388_608)
      .describe('Largest single record, bytes. The outcome of a call is stored without its contents above that.'),
    pending_records_max: z
      .int()
      .min(1)
      .default(20_000)
      .describe('Records that may wait for the disk before calls are denied.'),
    pending_bytes_max: z
      .int()
      .min(65_536)
      .default(67_108_864)
      .describe('Bytes that may wait for the disk before calls are denied.'),
    group_interval_ms: z
      .number()
      .min(0)
      .max(100)
      .default(5)
      .describe('Shortest time between two syncs of the disk under load, milliseconds. A lone call is synced at once.'),
    group_records_max: z.int().min(1).default(64).describe('Records that end the wait of `group_interval_ms` early.'),
    checkpoint_records: z.int().min(1).default(1_000).describe('Records after which a signed checkpoint is made.'),
    checkpoint_interval_ms: z
      .int()
      .min(100)
      .default(10_000)
      .describe('Time after which a signed checkpoint is made if there are new records, milliseconds.'),
    checkpoint_export_file: z
      .string()
      .nullable()
      .default(null)
      .describe(
        'A file outside the home to which each checkpoint is appended. Whoever owns home and database cannot rewrite ' +
          'the past unnoticed while this file is out of reach.',
      ),
    keep_segments: z.int().min(0).default(1).describe('Full segments kept on disk after the database has them.'),
    drain_batch_bytes: z
      .int()
      .min(4_096)
      .max(67_108_864)
      .default(1_048_576)
      .describe('Records copied to the database in one statement, bytes.'),
    drain_interval_ms: z
      .int()
      .min(0)
      .max(60_000)
      .default(50)
      .describe('Pause between two copies to the database, milliseconds. A reader that waits ends it.'),
    drain_retry_ms_max: z
      .int()
      .min(10)
      .default(5_000)
      .describe('Longest pause between two attempts while the database is away, milliseconds.'),
  })
  .refine((config) => config.quota_bytes >= 2 * config.segment_bytes_max, {
    path: ['quota_bytes'],
    message: 'must be at least twice segment_bytes_max, because only whole segments are freed',
  });

export type AuditConfig = z.infer<typeof auditConfigSchema>;
