import { defineCommand } from '#surfaces/cli/command';
import { argument, flag } from '#surfaces/cli/parameters';
import { showStory } from '#surfaces/cli/show-story';

export const command = defineCommand({
  effect: 'none',
  details: `Who asked, what each rule said and how long it took, the decision, where it went, what came of it, what it
cost. A trace or a task may name several calls; they are told in their order.`,
  arguments: { id: argument('id', 'of a request, decision, task or trace, or the beginning of one') },
  options: { full: flag('--full', 'with the contents: messages, arguments, results') },
  examples: [
    { line: 'infra logs audit 01890a5d-ac96-774b-bcce-b302099a8057 --full', shows: 'by the id of the answer header' },
    { line: 'infra logs audit 4bf92f35 --json', shows: 'by the beginning of a trace id, for a script' },
  ],
  run: (context) => showStory(context, context.args.id, context.options.full),
});
