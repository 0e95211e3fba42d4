import { z } from 'zod';
import { registeredProviderSchema } from '#features/gateway/registered-provider';
import { OperatingError } from '#foundation/errors';
import { registeredCheckSchema } from '#governance/policy/registered-check';
import { registeredRuleSchema } from '#governance/secret-scan/registered-rule';

/** What an extension is: a value with everything that it registers. Strict, so that a mistyped member is told. */
const extensionSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'is not at most 64 small letters, digits and -'),
  providers: z.array(registeredProviderSchema).default([]),
  secretRules: z.array(registeredRuleSchema).default([]),
  checks: z.array(registeredCheckSchema).default([]),
});

/** As it is written down. */
export type Extension = Readonly<z.input<typeof extensionSchema>>;

/** With every default filled in. */
export type DefinedExtension = z.output<typeof extensionSchema>;

/**
 * Answers the extension with its defaults, once its shape is proven: members and their types, identifiers, and that
 * each secret rule finds what it says and leaves alone what it says. Throws `invalid_input` naming every problem.
 */
export function defineExtension(extension: Extension): DefinedExtension {
  return parseExtension(extension);
}

/** The same for a value of which nothing is known. */
export function parseExtension(value: unknown): DefinedExtension {
  const parsed = extensionSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${z.core.toDotPath(path) || 'the value'}: ${message}`,
  );
  throw new OperatingError('invalid_input', 'extension_shape', `is not an extension: ${problems.join('; ')}`, {
    remedy: 'docs/guides/extensions.md says what may be registered',
  });
}
