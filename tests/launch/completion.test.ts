import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { proves } from '../support/proves.ts';
import { ROOT } from '../support/source-files.ts';

proves('cli.completion');

const SCRIPTS = join(ROOT, 'bin', 'completion');

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'completion-'));
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

const has = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

/** What each shell does at a press of the tab key, without a terminal. */
const PRESS_TAB: Readonly<Record<string, (line: string) => readonly string[]>> = {
  bash: (line) => [
    '--norc',
    '-c',
    `set -u
source "$1"; source "$1"
COMP_WORDBREAKS=$' \\t\\n"\\'@><=;|&(:'
COMP_LINE=$2 COMP_POINT=\${#2} COMP_WORDS=(systemprompt) COMP_CWORD=0
_systemprompt
(( \${#COMPREPLY[@]} == 0 )) || printf '%s\\n' "\${COMPREPLY[@]}"`,
    'bash',
    join(SCRIPTS, 'systemprompt.bash'),
    line,
  ],
  zsh: (line) => [
    '-f',
    '-c',
    `compdef() { : }
_describe() { print -rl -- "\${(@)\${(@P)2}%%:*}" }
_files() { : }
source "$1"; source "$1"
words=("\${(@s: :)2}") CURRENT=\${#words} PREFIX=\${words[-1]}
_systemprompt`,
    'zsh',
    join(SCRIPTS, 'systemprompt.zsh'),
    line,
  ],
  fish: (line) => [
    '--no-config',
    '-c',
    'source $argv[1]; source $argv[1]; complete -C $argv[2] | string replace -r "\\t.*" ""',
    join(SCRIPTS, 'systemprompt.fish'),
    line,
  ],
};

describe.each(Object.entries(PRESS_TAB))('in %s', (shell, press) => {
  const here = has(shell);

  function tab(line: string): readonly string[] {
    const output = execFileSync(shell, press(line), {
      encoding: 'utf8',
      env: { PATH: `${ROOT}:${process.env.PATH ?? ''}`, HOME: home, SYSTEMPROMPT_HOME: home },
    });
    return output.split('\n').filter((word) => word !== '');
  }

  it.skipIf(!here)('the tab key completes commands and options', () => {
    expect(tab('systemprompt infra lo')).toEqual(['logs']);
    expect(tab('systemprompt infra audit ').toSorted()).toEqual(['checkpoint', 'export', 'verify']);
    expect(tab('systemprompt infra logs view --sin')).toEqual(['--since']);
  });

  it.skipIf(!here)('nothing on the line is evaluated', () => {
    const canary = join(home, 'evaluated');
    for (const word of [`$(touch ${canary})`, `\`touch ${canary}\``, `";touch ${canary};"`, `(touch ${canary})`]) {
      if (shell === 'fish' && word.startsWith('(')) continue;
      tab(`systemprompt infra db query ${word} --js`);
    }
    expect(existsSync(canary)).toBe(false);
  });
});

describe('in bash', () => {
  it('a value after = is completed from where the shell breaks the word', () => {
    const output = execFileSync('bash', PRESS_TAB.bash?.('systemprompt infra db info --output=nd') ?? [], {
      encoding: 'utf8',
      env: { PATH: `${ROOT}:${process.env.PATH ?? ''}`, HOME: home, SYSTEMPROMPT_HOME: home },
    });
    expect(output).toBe('ndjson\n');
  });
});
