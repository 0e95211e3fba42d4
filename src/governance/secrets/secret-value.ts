import { inspect } from 'node:util';

/**
 * A credential in memory. It prints, serialises and inspects as `[secret]`; its value is read in three places only,
 * which tests/architecture.test.ts names: the child-environment builder, the upstream-credential injector, the
 * known-value scanner.
 */
export class SecretValue {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Never put it into a message, a log entry or a record. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

/** What features need of the store: a value by name, at the moment of use. */
export type SecretSource = {
  /** Undefined when the store has no such name. Each call sees the current version. */
  find(name: string): SecretValue | undefined;
  /** Every value now in the store, for the known-value scanner. */
  all(): Iterable<{ readonly name: string; readonly value: SecretValue }>;
  /** Called after each change. */
  onChange(listener: () => void): void;
};
