/**
 * Operating errors: what can go wrong while the program is right.
 *
 * One class, a closed `kind` (each surface has a table from kind to its own form) and an open, documented `code`.
 * A denial is not an error (see governance/policy/decision); a broken invariant is not one either (see `assert`).
 */

export const ERROR_KINDS = [
  'invalid_input',
  'unauthenticated',
  'forbidden',
  'denied',
  'not_found',
  'conflict',
  'too_large',
  'rate_limited',
  'not_supported',
  'upstream',
  'unavailable',
  'timeout',
  'cancelled',
  'internal',
] as const;

export type ErrorKind = (typeof ERROR_KINDS)[number];

export type OperatingErrorOptions = {
  /** What stands at fault: a file position, a field path, a name. */
  readonly where?: string;
  /** The next command or action that mends it. */
  readonly remedy?: string;
  readonly cause?: unknown;
  readonly retryAfterMs?: number;
};

export class OperatingError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly where: string | undefined;
  readonly remedy: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(kind: ErrorKind, code: string, message: string, options: OperatingErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OperatingError';
    this.kind = kind;
    this.code = code;
    this.where = options.where;
    this.remedy = options.remedy;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A broken invariant: our own mistake, never a caller's. */
export class InvariantError extends Error {
  constructor(message: string) {
    super(`invariant broken: ${message}`);
    this.name = 'InvariantError';
  }
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** For the `default` of a switch over a closed union: the compiler proves that it is never reached. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable case ${JSON.stringify(value)}`);
}

/** The sentence a person reads, whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The code of a system error such as ENOENT, or undefined. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
