import type { IncomingMessage } from 'node:http';

export type PresentedCredential =
  | { readonly kind: 'none' }
  | { readonly kind: 'value'; readonly value: string }
  /** Two different credentials in one request: refused, because a proxy before us may have judged the other one. */
  | { readonly kind: 'ambiguous' };

export const SESSION_COOKIE = 'systemprompt_session';

/**
 * The credential of a request: `Authorization: Bearer`, else `x-api-key`, else `x-goog-api-key`, else the session
 * cookie where the row accepts one. Nothing else is ever read as identity, and no query parameter is.
 */
export function presentedCredential(request: IncomingMessage, acceptCookie: boolean): PresentedCredential {
  const { headers } = request;
  const presented = new Set<string>();
  const bearer = headers.authorization;
  if (bearer !== undefined) presented.add(/^bearer +(\S+)$/i.exec(bearer)?.[1] ?? '');
  for (const name of ['x-api-key', 'x-goog-api-key']) {
    const value = headers[name];
    if (typeof value === 'string' && value !== '') presented.add(value.trim());
  }
  if (presented.size > 1 || (bearer !== undefined && repeatsAuthorization(request.rawHeaders))) {
    return { kind: 'ambiguous' };
  }
  const [value] = presented;
  if (value !== undefined) return { kind: 'value', value };
  const cookie = acceptCookie ? cookieValue(headers.cookie, SESSION_COOKIE) : undefined;
  return cookie === undefined ? { kind: 'none' } : { kind: 'value', value: cookie };
}

/** Node keeps the first of two; whoever looked before us may have kept the last. Names and values in turn. */
function repeatsAuthorization(rawHeaders: readonly string[]): boolean {
  let found = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.length === 13 && rawHeaders[index]?.toLowerCase() === 'authorization') found++;
  }
  return found > 1;
}

function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const separator = pair.indexOf('=');
    if (separator > 0 && pair.slice(0, separator).trim() === name) return pair.slice(separator + 1).trim();
  }
  return undefined;
}
