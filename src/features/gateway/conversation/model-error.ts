export const MODEL_ERROR_KINDS = [
  'invalid_request',
  'authentication',
  'billing',
  'permission',
  'not_found',
  'conflict',
  'too_large',
  'rate_limit',
  'server',
  'timeout',
  'overloaded',
] as const;

export type ModelErrorKind = (typeof MODEL_ERROR_KINDS)[number];

/** An error of an upstream, in no dialect. */
export type ModelError = {
  readonly kind: ModelErrorKind;
  /** The HTTP status, or the one that the kind would have where an event told of it. */
  readonly status: number;
  /** In the upstream's words, bounded. */
  readonly message: string;
  /** The upstream's own code or type: `insufficient_quota`, `RESOURCE_EXHAUSTED`. */
  readonly code: string | null;
  /** The field that the upstream names. */
  readonly param: string | null;
  readonly retryAfterMs: number | null;
};

const STATUS_OF_KIND: Readonly<Record<ModelErrorKind, number>> = {
  invalid_request: 400,
  authentication: 401,
  billing: 402,
  permission: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  rate_limit: 429,
  server: 500,
  timeout: 504,
  overloaded: 529,
};

export function statusOfKind(kind: ModelErrorKind): number {
  return STATUS_OF_KIND[kind];
}

/**
 * The status with which an error is answered: its kind's own, but for what its own status says more closely. Only the
 * Messages API knows 529 and has it as `overloaded`; the others say 503.
 */
export function answeredStatus({ kind, status }: ModelError, overloaded: 529 | 503): number {
  if (kind === 'overloaded') return overloaded;
  const isCloser =
    (kind === 'billing' && status === 429) ||
    (kind === 'server' && status > 500) ||
    (kind === 'invalid_request' && status > 400 && status < 500);
  return isCloser ? status : STATUS_OF_KIND[kind];
}

/** The kind that a bare status stands for; 503 and 529 both mean that the upstream has too much to do. */
export function kindOfStatus(status: number): ModelErrorKind {
  if (status === 503) return 'overloaded';
  if (status === 408) return 'timeout';
  for (const kind of MODEL_ERROR_KINDS) if (STATUS_OF_KIND[kind] === status) return kind;
  return status >= 400 && status < 500 ? 'invalid_request' : 'server';
}
