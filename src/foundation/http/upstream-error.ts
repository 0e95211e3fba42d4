import { OperatingError, systemCodeOf } from '../errors.ts';

/**
 * What undici or the operating system threw, as an operating error that a client may see. The thrown error stays its
 * cause, for the log only.
 */
export function upstreamError(thrown: unknown, origin: string): OperatingError {
  if (thrown instanceof OperatingError) return thrown;
  const code = systemCodeOf(thrown) ?? '';
  const row = ROWS[code];
  if (row !== undefined) return new OperatingError(row.kind, row.code, `${origin} ${row.text}`, { cause: thrown });
  if (/^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code)) {
    const text = `the TLS connection to ${origin} failed: ${code}`;
    return new OperatingError('upstream', 'upstream_tls', text, { cause: thrown });
  }
  if (code.startsWith('HPE_') || (thrown instanceof Error && thrown.name === 'HTTPParserError')) {
    const text = `${origin} answered with something that is not HTTP`;
    return new OperatingError('upstream', 'upstream_garbled', text, { cause: thrown });
  }
  const text = `the request to ${origin} failed${code === '' ? '' : `: ${code}`}`;
  return new OperatingError('upstream', 'upstream_failed', text, { cause: thrown });
}

type Row = { readonly kind: 'upstream' | 'timeout'; readonly code: string; readonly text: string };

const ROWS: Readonly<Record<string, Row>> = {
  ECONNREFUSED: { kind: 'upstream', code: 'upstream_refused', text: 'refused the connection' },
  ENOTFOUND: { kind: 'upstream', code: 'upstream_unknown_host', text: 'has a host name that does not resolve' },
  EAI_AGAIN: { kind: 'upstream', code: 'upstream_unknown_host', text: 'has a host name that does not resolve now' },
  EHOSTUNREACH: { kind: 'upstream', code: 'upstream_unreachable', text: 'cannot be reached' },
  ENETUNREACH: { kind: 'upstream', code: 'upstream_unreachable', text: 'cannot be reached' },
  ECONNRESET: { kind: 'upstream', code: 'upstream_closed', text: 'closed the connection' },
  EPIPE: { kind: 'upstream', code: 'upstream_closed', text: 'closed the connection' },
  UND_ERR_SOCKET: { kind: 'upstream', code: 'upstream_closed', text: 'closed the connection' },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: {
    kind: 'upstream',
    code: 'upstream_closed',
    text: 'ended its answer before the length it had announced',
  },
  UND_ERR_HEADERS_OVERFLOW: { kind: 'upstream', code: 'upstream_headers', text: 'sent more headers than are accepted' },
  ETIMEDOUT: { kind: 'timeout', code: 'upstream_connect_timeout', text: 'did not accept the connection in time' },
  UND_ERR_CONNECT_TIMEOUT: {
    kind: 'timeout',
    code: 'upstream_connect_timeout',
    text: 'did not accept the connection in time',
  },
};
