import { OperatingError } from '#foundation/errors';
import { MOCK_PROVIDER } from './built-in-providers.ts';
import type { RetryConfig, Wire } from './config.ts';
import type { ModelRequest } from './model-request.ts';
import {
  listing,
  type ModelRoute,
  type RouteTable,
  type RouteTarget,
  resolveModel,
  upstreamName,
} from './model-route.ts';
import type { Provider } from './provider.ts';
import { candidateAddress } from './providers/platform-address.ts';
import { type RouteCaller, routeCondition } from './route-condition.ts';

/** One upstream that may serve a request, and how it is to be asked. */
export type Candidate = {
  readonly route: RouteTarget;
  /** The name that is asked for upstream. */
  readonly upstreamModel: string;
  /** What is spoken to it: the client's own wire where it understands that. */
  readonly wire: Wire;
  readonly limits: { readonly maxOutputTokens: number | null; readonly maxReasoningTokens: number | null };
};

/** Where a request goes, and where it goes next. */
export type RoutePlan = {
  readonly id: string;
  readonly route: ModelRoute;
  /** Never empty; in the order in which they are tried. */
  readonly candidates: readonly [Candidate, ...Candidate[]];
  readonly retry: RetryConfig;
};

/** How upstreams are doing, for balancing. `chance` is from 0 to 1, without 1. */
export type Load = { inFlight(target: RouteTarget): number; chance(): number };

/** Throws `not_found` in words for the caller. */
export function planRoute(table: RouteTable, request: ModelRequest, caller: RouteCaller, load: Load): RoutePlan {
  const { model } = request.outline;
  const resolution = resolveModel(table, model, routeCondition(request, caller));
  if (!resolution.found) throw notServed(model, resolution.why);
  const { route } = resolution;
  const [first, ...others] = inOrder(route, load);
  const candidate = (target: RouteTarget): Candidate => candidateOf(target, request);
  return {
    id: route.id,
    route,
    candidates: [candidate(first), ...others.map(candidate), ...route.fallbacks.map(candidate)],
    retry: route.retry,
  };
}

function notServed(model: string, why: 'no_route' | 'unlisted'): OperatingError {
  const reason = why === 'no_route' ? 'no route serves it' : 'its provider does not list it';
  return new OperatingError(
    'not_found',
    'model_not_served',
    `model: ${JSON.stringify(model)} is not available, ${reason}`,
    { remedy: 'choose one of GET /v1/models, or have the operator add a route' },
  );
}

/** The sharers of a route: the one whose turn it is first, then the others, should it fail. */
function inOrder(route: ModelRoute, load: Load): readonly [RouteTarget, ...RouteTarget[]] {
  const { strategy, among } = route.balance;
  if (among.length === 1) return [route];
  const chosen = strategy === 'weighted' ? byWeight(route, load) : leastBusy(route, load);
  return [chosen, ...among.filter(({ target, weight }) => target !== chosen && weight > 0).map(({ target }) => target)];
}

function byWeight(route: ModelRoute, load: Load): RouteTarget {
  const { among } = route.balance;
  const total = among.reduce((sum, { weight }) => sum + weight, 0);
  let left = load.chance() * total;
  for (const { target, weight } of among) {
    left -= weight;
    if (left < 0) return target;
  }
  return route;
}

/** Of equally busy ones chance decides, so that not all go to the first. */
function leastBusy(route: ModelRoute, load: Load): RouteTarget {
  const among = route.balance.among.filter(({ weight }) => weight > 0).map(({ target }) => target);
  const fewest = Math.min(...among.map((target) => load.inFlight(target)));
  const idle = among.filter((target) => load.inFlight(target) === fewest);
  return idle[Math.floor(load.chance() * idle.length)] ?? route;
}

function candidateOf(target: RouteTarget, request: ModelRequest): Candidate {
  const { model } = request.outline;
  const listed = listing(target, model);
  const cap = smaller(target.maxOutputTokens, listed?.limits.max_output_tokens);
  return {
    route: target,
    upstreamModel: upstreamName(target, model),
    wire: spokenWire(target, request),
    limits: { maxOutputTokens: cap, maxReasoningTokens: listed?.limits.max_thinking_budget ?? null },
  };
}

function smaller(left: number | undefined, right: number | undefined): number | null {
  if (left === undefined) return right ?? null;
  return right === undefined ? left : Math.min(left, right);
}

/** Another base than the provider's own need not have everything that the provider has; one that has none is given one. */
function spokenWire({ provider, endpoint }: RouteTarget, { door }: ModelRequest): Wire {
  const { wire } = door.dialect;
  if (provider.wire === wire) return wire;
  const isItsOwn = provider.endpoint === undefined || endpoint === provider.endpoint;
  return provider.alsoSpeaks.includes(wire) && isItsOwn ? wire : provider.wire;
}

/** The base of an upstream; throws `unavailable` for a mock that does not run. */
export function endpointOf(target: RouteTarget, mockEndpoint: () => string | undefined): string {
  const endpoint = target.endpoint ?? (isMock(target.provider) ? mockEndpoint() : undefined);
  if (endpoint !== undefined) return endpoint;
  throw new OperatingError(
    'unavailable',
    'upstream_not_running',
    `the upstream of the route ${target.id} is not running`,
  );
}

function isMock(provider: Provider): boolean {
  return provider.name === MOCK_PROVIDER;
}

/** Whether the upstream has this operation at all, in the words in which it is spoken to. */
export function hasOperation(candidate: Candidate, request: ModelRequest): boolean {
  return candidateAddress(candidate, request, 'https://upstream.invalid') !== undefined;
}
