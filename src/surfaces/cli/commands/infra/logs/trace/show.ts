import { defineCommand } from '#surfaces/cli/command';
import { argument, flag } from '#surfaces/cli/parameters';
import { showStory } from '#surfaces/cli/show-story';

export const command = defineCommand({
  effect: 'none',
  details: 'The trace id is the one of the traceparent header, which a client may choose.',
  arguments: { trace: argument('trace', 'its id, or the beginning of it') },
  options: { full: flag('--full', 'with the contents: messages, arguments, results') },
  examples: [{ line: 'infra logs trace show 4bf92f3577b34da6a3ce929d0e0e4736', shows: 'every call in its order' }],
  run: (context) => showStory(context, context.args.trace, context.options.full),
});
