import { formatConfigProblem } from '#foundation/config-file/config-problem';
import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';

export const command = defineCommand({
  effect: 'none',
  details: 'Reads the profile and the services tree as a start would, and names every problem at once.',
  arguments: {},
  options: {},
  examples: [
    { line: 'admin config validate', shows: 'is it valid?' },
    { line: 'admin config validate --services ./services --json', shows: 'another tree, in CI' },
  ],
  async run({ services, terminal }) {
    const configuration = services.configuration();
    const problems = await configuration.problems();
    if (problems.length > 0) {
      terminal.say(`${problems.length} problem${problems.length === 1 ? '' : 's'}; nothing starts half-configured`);
      const item = { valid: false, columns: COLUMNS, items: problems };
      return { ...itemOf(item, problems.map(formatConfigProblem).join('\n')), exitCode: 1 };
    }
    const files = await configuration.files();
    return itemOf({ valid: true, files }, `valid: ${files.join(', ')}`);
  },
});

const COLUMNS = ['file', 'line', 'column', 'path', 'message', 'suggestion'];
