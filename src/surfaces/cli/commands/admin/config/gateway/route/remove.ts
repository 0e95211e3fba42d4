import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { argument } from '#surfaces/cli/parameters';
import { routeIndex } from '#surfaces/cli/route-views';

export const command = defineCommand({
  effect: 'destroy',
  details: 'A running server takes it over: the next request for its models takes another route, or is refused.',
  arguments: { route: argument('route', 'its id') },
  options: {},
  examples: [
    { line: 'admin config gateway route remove fast', shows: 'asks before it removes' },
    { line: 'admin config gateway route remove fast --yes', shows: 'in a script' },
  ],
  async run({ args, services, confirm, dryRun, terminal }) {
    const desk = services.routes();
    const setup = await desk.setup();
    const index = routeIndex(setup, args.route);
    const edit = { kind: 'remove', index } as const;
    const item = { id: args.route, ...(await desk.edit(edit, { dryRun: true })) };
    if (dryRun) return itemOf({ dry_run: true, would: 'remove', ...item });
    await confirm(`Remove the route ${args.route}?`);
    await desk.edit(edit, { dryRun: false });
    terminal.say(`the route ${args.route} is gone from ${item.file}; a running server takes it over`);
    if (setup.gateway.routes?.length === 1 && setup.gateway.default_provider === undefined) {
      terminal.say('it was the last one: no model is served');
    }
    return itemOf({ removed: true, ...item });
  },
});
