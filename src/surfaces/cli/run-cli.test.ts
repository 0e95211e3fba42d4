import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { OperatingError } from '#foundation/errors';
import { parseTrustedJson } from '#foundation/json';
import { proves } from '#tests/support/proves';
import { EXIT_CODES } from './exit-code.ts';
import { serverAway } from './server-away.ts';
import { cli } from './testing/run-in-process.ts';

proves('cli.json');

describe('help', () => {
  it('is what no words at all get, on standard output', async () => {
    const { code, stdout, stderr } = await cli([]);
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: systemprompt <domain> <noun> <verb>');
    expect(stdout).toContain('infra services serve');
    expect(stderr).toBe('');
  });

  it('lists what follows a group, with or without --help', async () => {
    const plain = await cli(['admin', 'users']);
    expect(plain.stdout).toContain('Create a user');
    expect(await cli(['admin', 'users', '--help'])).toEqual(plain);
    expect(await cli(['help', 'admin', 'users'])).toEqual(plain);
  });

  it('shows arguments, options and examples of a command, and opens nothing', async () => {
    let opened = 0;
    const { code, stdout } = await cli(['admin', 'users', 'pat', 'issue', '-h'], { onOpen: () => opened++ });
    expect(code).toBe(0);
    expect(opened).toBe(0);
    expect(stdout).toContain('systemprompt admin users pat issue <user> [options]');
    expect(stdout).toContain('--expires-in <duration>');
    expect(stdout).toContain('--dry-run');
    expect(stdout).toContain('Examples:');
  });

  it('has topics', async () => {
    const { stdout } = await cli(['help', 'exit-codes']);
    for (const { code, means } of EXIT_CODES) expect(stdout).toContain(`${code}  ${means}`);
  });

  it('prints the version', async () => {
    expect(await cli(['--version'])).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' });
  });
});

describe('an option without its value', () => {
  it.each([['--home'], ['-o'], ['infra', '--home'], ['admin', 'users', 'list', '-o']])(
    '%s is a usage error',
    async (...words) => {
      const { code, stdout, stderr } = await cli(words);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('argument missing');
    },
  );
});

describe('a word that leads nowhere', () => {
  it('is a usage error with the nearest command', async () => {
    const { code, stdout, stderr } = await cli(['admin', 'user', 'list']);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('there is no command "systemprompt admin user"');
    expect(stderr).toContain('did you mean `systemprompt admin users`?');
  });

  it('finds a verb that stands elsewhere', async () => {
    expect((await cli(['serve'])).stderr).toContain('did you mean `systemprompt infra services serve`?');
  });

  it('is answered with what there is when nothing is near', async () => {
    expect((await cli(['plugins', 'mcp', 'zzzzzz'])).stderr).toContain('one of: list, status, tools, call, logs');
  });

  it('names the nearest option', async () => {
    const { code, stderr } = await cli(['admin', 'users', 'list', '--rol', 'admin']);
    expect(code).toBe(2);
    expect(stderr).toContain("unknown option '--rol'");
    expect(stderr).toContain('did you mean --role?');
  });

  it('is an option value out of range or out of choice', async () => {
    const range = await cli(['admin', 'users', 'list', '--limit', '0'], { services: { identity: async () => never } });
    expect(range.code).toBe(2);
    expect(range.stderr).toContain('write a whole number from 1 to 10000');
    expect((await cli(['admin', 'users', 'list', '--role', 'king'])).code).toBe(2);
    expect((await cli(['admin', 'users', 'create', '--name', 'x'])).stderr).toContain('--email');
    expect((await cli(['admin', 'users', 'show'])).stderr).toContain("missing required argument 'user'");
    expect((await cli(['admin', 'users', 'show', 'a', 'b'])).code).toBe(2);
  });
});

const never = new Proxy(Object.create(null), {
  get: (_, key) => (key === 'then' ? undefined : () => expect.unreachable(`asked for ${String(key)}`)),
});

describe('global options', () => {
  it('are understood before and after the command, and reach the services', async () => {
    for (const words of [
      ['--home', '/h', '--profile', 'p', '--services', '/s', 'admin', 'config', 'secret', 'list', '--json'],
      ['admin', 'config', 'secret', 'list', '--json', '--home', '/h', '--profile=p', '--services', '/s'],
    ]) {
      const requests: unknown[] = [];
      const run = await cli(words, {
        onOpen: (request) => requests.push(request),
        services: { secrets: async () => ({ ...never, list: () => [] }) },
      });
      expect(requests).toEqual([{ home: '/h', profile: 'p', services: '/s' }]);
      expect(parseTrustedJson(run.stdout)).toEqual({
        columns: ['name', 'version', 'created_at', 'versions_kept'],
        items: [],
      });
    }
  });
});

describe('errors', () => {
  const failing = (error: unknown) => ({
    services: {
      async diagnose() {
        throw error;
      },
    },
  });
  const denied = new OperatingError('denied', 'some_code', 'it was denied', {
    where: 'args.path',
    remedy: 'do otherwise',
    cause: new Error('because of that'),
  });

  it('say what, where, why and what next', async () => {
    const { code, stdout, stderr } = await cli(['doctor'], failing(denied));
    expect(code).toBe(4);
    expect(stdout).toBe('');
    expect(stderr).toBe('error: it was denied\n  where: args.path\n  why:   because of that\n  next:  do otherwise\n');
  });

  it('are said under --quiet as well', async () => {
    expect((await cli(['doctor', '--quiet'], failing(denied))).stderr).toContain('it was denied');
  });

  it('show code and stack under --verbose only', async () => {
    expect((await cli(['doctor'], failing(new Error('a fault')))).stderr).not.toContain('at ');
    const { stderr } = await cli(['doctor', '-v'], failing(denied));
    expect(stderr).toContain('some_code');
    expect(stderr).toMatch(/\n +at /);
  });

  it('are JSON on standard error under --json', async () => {
    const { stdout, stderr } = await cli(['doctor', '--json'], failing(denied));
    expect(stdout).toBe('');
    expect(parseTrustedJson(stderr)).toEqual({
      error: {
        kind: 'denied',
        code: 'some_code',
        message: 'it was denied',
        where: 'args.path',
        remedy: 'do otherwise',
      },
    });
  });

  it('close the services all the same', async () => {
    let closed = 0;
    await cli(['doctor'], {
      services: {
        async diagnose() {
          throw denied;
        },
        async close() {
          closed++;
        },
      },
    });
    expect(closed).toBe(1);
  });
});

describe('colours', () => {
  const help = (options: Parameters<typeof cli>[1]) =>
    cli(['--help'], options).then(({ stdout }) => stdout.includes('\u001b['));

  it('are for terminals, and for whoever forces them', async () => {
    expect(await help({})).toBe(false);
    expect(await help({ isTerminal: true })).toBe(true);
    expect(await help({ isTerminal: true, environment: { NO_COLOR: '1' } })).toBe(false);
    expect(await help({ isTerminal: true, environment: { TERM: 'dumb' } })).toBe(false);
    expect(await help({ environment: { FORCE_COLOR: '1' } })).toBe(true);
    expect(await help({ isTerminal: true, environment: { FORCE_COLOR: '0' } })).toBe(false);
  });

  it('are off with --no-color, whatever the environment says', async () => {
    const { stdout } = await cli(['--help', '--no-color'], { isTerminal: true, environment: { FORCE_COLOR: '1' } });
    expect(stdout).not.toContain('\u001b[');
  });
});

describe('a file that is not there', () => {
  it.each([
    ['infra audit verify --export /none/a.ndjson', '/none/a.ndjson'],
    ['infra audit verify --journal', '/none/journal'],
  ])('%s is the fault of nobody but its path', async (line, path) => {
    const places = () => ({
      home: '/none',
      migrationsDirectory: '',
      journalDirectory: '/none/journal',
      auditKeyDirectory: tmpdir(),
      logFile: '',
    });
    const server = async () => Promise.reject(serverAway('/none'));
    const { code, stderr } = await cli(line.split(' '), { services: { places, server } });
    expect(code).toBe(5);
    expect(stderr).toContain(`${path}: there is no such file or directory`);
    expect(stderr).toContain('next:');
    expect(stderr).not.toContain('fault of systemprompt');
  });
});
