import { z } from 'zod';

/** The `secrets` slice of the profile. */
export const secretsConfigSchema = z.strictObject({
  master_key: z
    .discriminatedUnion('provider', [
      z.strictObject({
        provider: z.literal('file').describe('A file of mode 0600, made on first use.'),
        path: z.string().min(1).optional().describe('The key file; by default secrets/master.key under the home.'),
      }),
      z.strictObject({
        provider: z.literal('passphrase').describe('argon2id of a passphrase.'),
        passphrase_env: z
          .string()
          .min(1)
          .default('SYSTEMPROMPT_SECRETS_PASSPHRASE')
          .describe('The environment variable that holds the passphrase; the CLI asks for it when it is unset.'),
      }),
      z.strictObject({
        provider: z.literal('command').describe('The standard output of a program, run without a shell.'),
        command: z.string().min(1).describe('The program: absolute, or on the PATH.'),
        args: z.array(z.string()).default([]).describe('Its arguments, one by one.'),
        timeout_ms: z.int().min(100).max(120_000).default(10_000).describe('How long the program may take.'),
      }),
    ])
    .default({ provider: 'file' })
    .describe('Where the key that wraps the store keys comes from.'),
  versions_kept: z
    .int()
    .min(1)
    .max(10)
    .default(2)
    .describe('How many versions of a secret stay in the store, so that the scanner still knows a rotated one.'),
});

export type SecretsConfig = z.infer<typeof secretsConfigSchema>;
