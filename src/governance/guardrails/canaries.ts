import { createKnownValues, type KnownValues } from '#governance/secret-scan/known-values';
import { SecretValue } from '#governance/secrets/secret-value';
import type { GuardrailsConfig } from './config.ts';

/** The planted values, found in every form in which a stored secret is: as they are, encoded, reversed, split. */
export function createCanaries(canaries: GuardrailsConfig['canaries']): KnownValues {
  const values = canaries.map(({ name, value }) => ({ name, value: new SecretValue(value) }));
  return createKnownValues({
    find: (name) => values.find((canary) => canary.name === name)?.value,
    all: () => values,
    onChange: () => {},
  });
}
