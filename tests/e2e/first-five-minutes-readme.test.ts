import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proves } from '../support/proves.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { ROOT } from '../support/source-files.ts';

proves('start.first-five-minutes');

let server: TestServer;
let checkout: string;

beforeAll(async () => {
  server = await startTestServer();
  checkout = mkdtempSync(join(tmpdir(), 'first-five-minutes-'));
  for (const name of ['systemprompt', 'node_modules']) symlinkSync(join(ROOT, name), join(checkout, name));
  // A copy, because demos keep their tokens beside themselves.
  cpSync(join(ROOT, 'demo'), join(checkout, 'demo'), {
    recursive: true,
    filter: (path) => !path.endsWith(join('demo', '.state')),
  });
});

afterAll(async () => {
  await server?.dispose();
  rmSync(checkout, { recursive: true, force: true });
});

type Step = { readonly title: string; readonly commands: string };

/** The numbered steps of the README, word for word but for the port. */
function steps(): readonly Step[] {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [, section = ''] = /\n## The first five minutes\n([\s\S]*?)\n## /.exec(readme) ?? [];
  return section.split(/\n(?=\*\*\d\. )/).flatMap((text) => {
    const title = /^\*\*(\d)\. ([^*]+)\*\*/.exec(text)?.[2];
    const commands = /```sh\n([\s\S]*?)```/.exec(text)?.[1];
    if (title === undefined || commands === undefined) return [];
    return [{ title, commands: commands.replaceAll('http://127.0.0.1:8080', server.baseUrl) }];
  });
}

function type(commands: string): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(
      'bash',
      ['-c', `exec 2>&1\n${commands}`],
      { cwd: checkout, env: { PATH: process.env.PATH, HOME: server.home, SYSTEMPROMPT_HOME: server.home } },
      (error, output) => resolve({ code: error === null ? 0 : Number(error.code), output }),
    );
  });
}

// A step starts the command line up to twenty times.
const STEP_MS_MAX = 90_000;

describe("the README's first five minutes, typed as they stand there", { timeout: STEP_MS_MAX }, () => {
  it('are five', () => expect(steps().map(({ title }) => title)).toHaveLength(5));

  it('1: a streamed conversation with a tool call, each request with its id', async () => {
    const { code, output } = await type(steps()[0]?.commands ?? '');
    expect(output).toContain('tool call get_weather');
    expect(output).toContain('The tool answered: sunny');
    expect(output.match(/recorded as req_[\w-]+/g)).toHaveLength(2);
    expect(code).toBe(0);
  });

  it('2: a denied call, the tools, and a call of the filesystem server', async () => {
    const { code, output } = await type(steps()[1]?.commands ?? '');
    expect(output).toMatch(
      /read_text_file: deny\n {2}Denied: secret_scan found aws-access-key in params.arguments.path/,
    );
    expect(output).toMatch(/tools: .*read_text_file/);
    expect(output).not.toContain('write_file');
    expect(output).toMatch(/list_allowed_directories: answered\n {2}Allowed directories:\n {2}.*docs\n/);
    expect(code).toBe(0);
  });

  it('3: the demo of the breach is green', async () => {
    const { code, output } = await type(steps()[2]?.commands ?? '');
    expect(output).not.toContain('FAIL');
    expect(output).toContain('PASS  denied by secret_scan: 3');
    expect(code).toBe(0);
  });

  it('4: the newest calls, and one of them as a story', async () => {
    const [list = '', story = ''] = (steps()[3]?.commands ?? '').split('\n');
    const newest = await type(list);
    const id = /^[0-9a-f]{32}/m.exec(newest.output)?.[0] ?? '';
    expect(newest.output.trimEnd().split('\n')).toHaveLength(1 + 5);
    const { code, output } = await type(story.replace('<id>', id));
    expect(output).toContain('admin@localhost');
    expect(output).toMatch(/secret_scan +\d+ µs/);
    expect(output).toContain(`trace      ${id}`);
    expect(code).toBe(0);
  });

  it('5: the record is clean, and a copy with one other byte is not', async () => {
    const { code, output } = await type(steps()[4]?.commands ?? '');
    expect(output).toMatch(/\nclean\n/);
    expect(output).toMatch(/edited [0-9a-f]{12}-0{11}2: /);
    expect(output).toContain('NOT CLEAN');
    expect(code).toBe(1);
  });
});
