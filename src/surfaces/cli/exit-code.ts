import { type ErrorKind, OperatingError } from '#foundation/errors';

export type ExitCodeRow = { readonly code: number; readonly means: string };

/** What scripts may rely on. `systemprompt help exit-codes` and the reference print this table. */
export const EXIT_CODES = [
  { code: 0, means: 'done' },
  { code: 1, means: 'failed' },
  { code: 2, means: 'wrong usage: an unknown command or option, or a value that cannot be' },
  { code: 3, means: 'not signed in, or the credential was not accepted' },
  { code: 4, means: 'denied by policy' },
  { code: 5, means: 'not found' },
  { code: 6, means: 'conflict with what is there' },
  { code: 7, means: 'an upstream failed' },
  { code: 8, means: 'unreachable: the server or the database is away' },
  { code: 130, means: 'interrupted' },
] as const satisfies readonly ExitCodeRow[];

export type ExitCode = (typeof EXIT_CODES)[number]['code'];

const BY_KIND: Readonly<Record<ErrorKind, ExitCode>> = {
  invalid_input: 2,
  unauthenticated: 3,
  forbidden: 4,
  denied: 4,
  not_found: 5,
  conflict: 6,
  too_large: 2,
  rate_limited: 4,
  not_supported: 1,
  upstream: 7,
  unavailable: 8,
  timeout: 8,
  cancelled: 130,
  internal: 1,
};

export function exitCodeOf(thrown: unknown): ExitCode {
  return thrown instanceof OperatingError ? BY_KIND[thrown.kind] : 1;
}
