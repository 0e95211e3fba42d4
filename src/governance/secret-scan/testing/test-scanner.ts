import { type SecretSource, SecretValue } from '#governance/secrets/secret-value';
import { secretScanConfigSchema } from '../config.ts';
import { createSecretScanner, type SecretScanner } from '../secret-scanner.ts';

/** A store whose values a test changes. */
export type TestSecrets = SecretSource & { set(name: string, value: string): void };

export function createTestSecrets(values: Readonly<Record<string, string>> = {}): TestSecrets {
  const stored = new Map(Object.entries(values));
  const listeners: (() => void)[] = [];
  return {
    find: (name) => {
      const value = stored.get(name);
      return value === undefined ? undefined : new SecretValue(value);
    },
    all: () => [...stored].map(([name, value]) => ({ name, value: new SecretValue(value) })),
    onChange: (listener) => {
      listeners.push(listener);
    },
    set(name, value) {
      stored.set(name, value);
      for (const listener of listeners) listener();
    },
  };
}

export const TEST_FINGERPRINT_KEY = Buffer.alloc(32, 7);

/** A scanner on a clock that stands still, so that only the size budget can end a scan. */
export function createTestScanner(config: unknown = {}, secrets: SecretSource = createTestSecrets()): SecretScanner {
  return createSecretScanner({
    knownValues: secrets,
    fingerprintKey: TEST_FINGERPRINT_KEY,
    config: secretScanConfigSchema.parse(config),
    clock: { nowMs: () => 0, monotonicMs: () => 0, after: () => () => {} },
  });
}
