import { z } from 'zod';
import { assert } from '../errors.ts';

/**
 * One strict schema of the slices that the modules own, by their key in the file. Each slice must be complete by its
 * defaults, so that an empty file is a full configuration.
 */
export function assembleConfigSchema<Slices extends z.core.$ZodLooseShape>(
  slices: Slices,
): z.ZodObject<Slices, z.core.$strict> {
  for (const [key, slice] of Object.entries(slices)) {
    assert(
      slice instanceof z.ZodType && slice.safeParse(undefined).success,
      `the configuration slice ${key} has no default`,
    );
  }
  return z.strictObject(slices);
}
