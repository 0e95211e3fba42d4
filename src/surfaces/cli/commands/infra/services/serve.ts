import { defineCommand } from '#surfaces/cli/command';
import { text } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  details: 'Runs in the foreground until SIGINT or SIGTERM. `npm start` is this command.',
  arguments: {},
  options: {
    port: text('--port <port>', 'listen there; 8080 when nothing says otherwise (SYSTEMPROMPT_PORT)'),
    host: text('--host <address>', '127.0.0.1; another one needs TLS or a trusted proxy'),
  },
  examples: [
    { line: 'infra services serve', shows: 'the first start makes everything it needs' },
    { line: 'infra services serve --port 8081 --home ./other', shows: 'a second one beside it' },
  ],
  async run({ options, services }) {
    return { kind: 'nothing', exitCode: await services.serve({ port: options.port, host: options.host }) };
  },
});
