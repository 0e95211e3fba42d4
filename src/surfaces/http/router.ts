import { assert } from '#foundation/errors';
import type { Endpoint } from './endpoint.ts';

export type Match =
  | { readonly found: 'endpoint'; readonly endpoint: Endpoint; readonly params: Readonly<Record<string, string>> }
  | { readonly found: 'path'; readonly allowed: readonly string[] }
  | { readonly found: 'nothing' };

export type Router = { match(method: string, path: string): Match };

type Pattern = { readonly segments: readonly string[]; readonly endpoint: Endpoint };

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

/**
 * Exact paths by one map look-up; paths with parameters by their segments, in the table's order. What stands behind a
 * parameter in its segment must be there as well: `{model}:generateContent`.
 */
export function createRouter(endpoints: readonly Endpoint[]): Router {
  const exact = new Map<string, Map<string, Endpoint>>();
  const patterns: Pattern[] = [];
  for (const endpoint of endpoints) {
    if (endpoint.path.includes('{')) {
      patterns.push({ segments: endpoint.path.split('/'), endpoint });
      continue;
    }
    const methods = exact.get(endpoint.path) ?? new Map<string, Endpoint>();
    assert(!methods.has(endpoint.method), `two rows for ${endpoint.method} ${endpoint.path}`);
    methods.set(endpoint.method, endpoint);
    exact.set(endpoint.path, methods);
  }
  return { match: (method, path) => matchExact(exact, method, path) ?? matchPattern(patterns, method, path) };
}

function matchExact(exact: Map<string, Map<string, Endpoint>>, method: string, path: string): Match | undefined {
  const methods = exact.get(path);
  if (methods === undefined) return undefined;
  const endpoint = methods.get(method) ?? (method === 'HEAD' ? methods.get('GET') : undefined);
  if (endpoint === undefined) return { found: 'path', allowed: [...methods.keys()] };
  return { found: 'endpoint', endpoint, params: NO_PARAMS };
}

function matchPattern(patterns: readonly Pattern[], method: string, path: string): Match {
  const segments = path.split('/');
  const allowed: string[] = [];
  for (const pattern of patterns) {
    const params = matchSegments(pattern.segments, segments);
    if (params === undefined) continue;
    if (pattern.endpoint.method === method) return { found: 'endpoint', endpoint: pattern.endpoint, params };
    allowed.push(pattern.endpoint.method);
  }
  return allowed.length > 0 ? { found: 'path', allowed } : { found: 'nothing' };
}

function matchSegments(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const actual = segments[index] ?? '';
    if (expected.startsWith('{')) {
      const brace = expected.indexOf('}');
      const suffix = expected.slice(brace + 1);
      if (actual.length <= suffix.length || !actual.endsWith(suffix)) return undefined;
      params[expected.slice(1, brace)] = actual.slice(0, actual.length - suffix.length);
    } else if (expected !== actual) {
      return undefined;
    }
  }
  return params;
}
