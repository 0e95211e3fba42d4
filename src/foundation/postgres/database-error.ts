import { messageOf, OperatingError, systemCodeOf } from '../errors.ts';

/** The five-character SQLSTATE of an error that PostgreSQL raised, or undefined. */
export function sqlStateOf(thrown: unknown): string | undefined {
  const code = systemCodeOf(thrown);
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && isServerError(thrown) ? code : undefined;
}

/** The constraint that a row broke, such as `users_email_key`, or undefined. */
export function constraintOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('constraint' in thrown)) return undefined;
  return typeof thrown.constraint === 'string' ? thrown.constraint : undefined;
}

export function isUniqueViolation(thrown: unknown): boolean {
  return sqlStateOf(thrown) === '23505';
}

/**
 * Turns what the driver throws into the two errors a caller can act on: the database is away, or a statement took too
 * long. What a statement itself did wrong (a broken constraint, a syntax error) is returned as it is, for the store
 * that sent it to judge.
 */
export function mapDatabaseError(thrown: unknown, where: string): unknown {
  if (thrown instanceof OperatingError) return thrown;
  const state = sqlStateOf(thrown);
  if (state === '57014') {
    return new OperatingError('timeout', 'database_statement_timeout', 'a database statement exceeded its time limit', {
      where,
      remedy: 'raise database.statement_timeout_ms, or look for a lock with `systemprompt infra db info`',
      cause: thrown,
    });
  }
  if (state === undefined ? isConnectionError(thrown) : isAvailabilityState(state)) {
    return new OperatingError('unavailable', 'database_unavailable', `the database is away: ${reasonOf(thrown)}`, {
      where,
      remedy: 'systemprompt doctor',
      cause: thrown,
    });
  }
  return thrown;
}

/** PostgreSQL errors carry a severity; errors of the socket do not, even where their code has five letters (EPIPE). */
function isServerError(thrown: unknown): boolean {
  return thrown instanceof Error && 'severity' in thrown;
}

// Classes of SQLSTATE (PostgreSQL documentation, appendix A) that say "not now" or "not with these credentials":
// 08 connection exception, 28 invalid authorization, 53 insufficient resources, 57P0x shutdown and start-up,
// 3D000 no such database, 58 system error.
function isAvailabilityState(state: string): boolean {
  return /^(?:08|28|53|58)/.test(state) || /^57P0[1-5]$/.test(state) || state === '3D000';
}

const CONNECTION_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]);

const CONNECTION_MESSAGE =
  /connection terminated|timeout exceeded|query read timeout|not queryable|connection error|has been released|the server does not support ssl/i;

function isConnectionError(thrown: unknown): boolean {
  return CONNECTION_CODES.has(systemCodeOf(thrown) ?? '') || CONNECTION_MESSAGE.test(messageOf(thrown));
}

/** The driver raises an AggregateError with an empty message when every address of a host failed. */
function reasonOf(thrown: unknown): string {
  const message = messageOf(thrown);
  return message === '' ? (systemCodeOf(thrown) ?? 'no connection') : message;
}
