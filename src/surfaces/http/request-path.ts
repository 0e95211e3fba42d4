import { OperatingError } from '#foundation/errors';

export type RequestTarget = { readonly path: string; readonly query: URLSearchParams };

/**
 * The path of a request target, once and for all: what authentication judges is exactly what the router matches.
 * Anything that two servers could read differently (encoded slashes, dot segments, empty segments, `;`, a backslash,
 * the absolute form) is refused, never repaired.
 */
export function parseRequestTarget(target: string): RequestTarget {
  const questionMark = target.indexOf('?');
  const raw = questionMark === -1 ? target : target.slice(0, questionMark);
  const query = new URLSearchParams(questionMark === -1 ? '' : target.slice(questionMark + 1));
  if (/^\/[A-Za-z0-9._~:@/-]*$/.test(raw) && !/\/\/|\/\.\.?(\/|$)/.test(raw)) return { path: raw, query };
  return { path: decodeStrictly(raw), query };
}

function decodeStrictly(raw: string): string {
  let path: string;
  try {
    path = decodeURIComponent(raw);
  } catch {
    throw ambiguous();
  }
  const twice = /%[0-9a-f]{2}/i.test(path);
  if (twice || !raw.startsWith('/') || /%2f|%5c/i.test(raw)) throw ambiguous();
  if (/\/\/|\/\.\.?(\/|$)|[\\;\u0000-\u001f\u007f]/.test(path)) throw ambiguous();
  return path;
}

function ambiguous(): OperatingError {
  return new OperatingError('invalid_input', 'ambiguous_path', 'the request path can be read in more than one way', {
    remedy: 'send a plain path without dot segments, empty segments or encoded slashes',
  });
}
