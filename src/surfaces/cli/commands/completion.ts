import { defineCommand } from '#surfaces/cli/command';
import { completionScript, requireShell } from '#surfaces/cli/completion/shell-scripts';
import { argument } from '#surfaces/cli/parameters';

export const command = defineCommand({
  effect: 'none',
  arguments: { shell: argument('shell', 'bash, zsh or fish') },
  options: {},
  examples: [
    { line: 'completion bash > /etc/bash_completion.d/systemprompt', shows: 'for every bash from the next one on' },
    { line: 'completion zsh > ~/.zfunc/_systemprompt', shows: 'for zsh, with ~/.zfunc in its fpath' },
    { line: 'completion fish > ~/.config/fish/completions/systemprompt.fish', shows: 'for fish' },
  ],
  async run({ args, terminal }) {
    terminal.print(await completionScript(requireShell(args.shell)));
    return { kind: 'nothing' };
  },
});
