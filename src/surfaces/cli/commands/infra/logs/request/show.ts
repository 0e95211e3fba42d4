import { defineCommand } from '#surfaces/cli/command';
import { argument, flag } from '#surfaces/cli/parameters';
import { showStory } from '#surfaces/cli/show-story';

export const command = defineCommand({
  effect: 'none',
  details: 'The id is the one of the header x-systemprompt-request-id.',
  arguments: { request: argument('request', 'its id, or the beginning of it') },
  options: { full: flag('--full', 'with messages, tool calls and the recorded bodies') },
  examples: [{ line: 'infra logs request show 01890a5d-ac96-774b-bcce-b302099a8057 --full', shows: 'one request' }],
  run: (context) => showStory(context, context.args.request, context.options.full),
});
