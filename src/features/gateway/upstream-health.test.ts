import { describe, expect, it } from 'vitest';
import { createManualClock } from '#tests/support/manual-clock';
import { gatewayConfigSchema } from './config.ts';
import { compileRoutes, type RouteTarget } from './model-route.ts';
import { createUpstreamHealth } from './upstream-health.ts';

function upstream(endpoint = 'http://one.example/v1'): RouteTarget {
  const routes = [{ model_pattern: '*', provider: 'anthropic', endpoint }];
  const [route] = compileRoutes(gatewayConfigSchema.parse({ routes }), []).routes;
  if (route === undefined) throw new Error('the route is there');
  return route;
}

function health(circuit_breaker: object = { failures: 2, open_ms: 1_000 }) {
  const clock = createManualClock();
  const config = gatewayConfigSchema.parse({ circuit_breaker }).circuit_breaker;
  return { clock, health: createUpstreamHealth(clock, () => config) };
}

describe('the health of an upstream', () => {
  it('opens the circuit after so many failures in a row, and only in a row', () => {
    const { health: of } = health();
    const target = upstream();
    for (const how of ['badly', 'well', 'badly', 'unknown', 'badly'] as const) of.admit(target)?.left(how);
    expect(of.admit(target)).toBeUndefined();
    expect(of.retryAfterMs(target)).toBe(1_000);
  });

  it('lets one request probe when the time is over, and closes or opens by how it went', () => {
    const { health: of, clock } = health();
    const target = upstream();
    for (let failure = 0; failure < 2; failure++) of.admit(target)?.left('badly');
    clock.advance(1_000);
    const probe = of.admit(target);
    expect(probe).toBeDefined();
    expect(of.admit(target)).toBeUndefined();
    expect(of.status()).toMatchObject([{ state: 'half_open', inFlight: 1 }]);
    probe?.left('badly');
    expect(of.admit(target)).toBeUndefined();
    clock.advance(1_000);
    of.admit(target)?.left('well');
    expect([of.admit(target), of.admit(target)]).not.toContain(undefined);
  });

  it('lets another probe when the client of the first one went away', () => {
    const { health: of, clock } = health();
    const target = upstream();
    for (let failure = 0; failure < 2; failure++) of.admit(target)?.left('badly');
    clock.advance(1_000);
    of.admit(target)?.left('unknown');
    expect(of.admit(target)).toBeDefined();
  });

  it('is kept for each endpoint by itself, and counts a visit once', () => {
    const { health: of } = health({ failures: 1, open_ms: 1_000 });
    const visit = of.admit(upstream());
    visit?.left('badly');
    visit?.left('badly');
    expect(of.inFlight(upstream())).toBe(0);
    expect(of.admit(upstream('http://two.example/v1'))).toBeDefined();
  });

  it('never opens the circuit when the breaker is off', () => {
    const { health: of } = health({ enabled: false, failures: 1 });
    for (let failure = 0; failure < 9; failure++) of.admit(upstream())?.left('badly');
    expect(of.admit(upstream())).toBeDefined();
  });
});
