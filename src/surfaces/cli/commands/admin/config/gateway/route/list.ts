import { defineCommand } from '#surfaces/cli/command';
import { listOf } from '#surfaces/cli/output';
import { ROUTE_COLUMNS, routeViews } from '#surfaces/cli/route-views';

export const command = defineCommand({
  effect: 'none',
  details: 'The first whose pattern and condition fit a request takes it.',
  arguments: {},
  options: {},
  examples: [{ line: 'admin config gateway route list', shows: 'which models go where' }],
  async run({ services }) {
    const routes = routeViews(await services.routes().setup());
    return listOf(ROUTE_COLUMNS, routes, routes.length === 0 ? 'none: no model is served' : undefined);
  },
});
