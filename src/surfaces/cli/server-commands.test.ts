import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type JsonValue, parseTrustedJson } from '#foundation/json';
import { systemClock } from '#foundation/time';
import { serverAway } from './server-away.ts';
import type { ServerCall } from './server-door.ts';
import type { CliServices } from './services.ts';
import { cli, NOW_MS } from './testing/run-in-process.ts';

type Answer = { readonly status?: number; readonly json: JsonValue };

/** A running server that answers by path, and what it was asked. */
function running(answers: Readonly<Record<string, Answer>>, pid = 1) {
  const calls: ServerCall[] = [];
  const services: Partial<CliServices> = {
    runtime: async () => ({
      pid,
      port: 1,
      baseUrl: 'http://127.0.0.1:1',
      profile: 'local',
      startedAtMs: NOW_MS - 5_000,
    }),
    server: async () => ({
      baseUrl: 'http://127.0.0.1:1',
      async call(call) {
        calls.push(call);
        const { status = 200, json } = answers[`${call.method} ${call.path}`] ?? { status: 404, json: { title: 'no' } };
        return { status, headers: {}, text: JSON.stringify(json) };
      },
    }),
  };
  return { services, calls };
}

const away: Partial<CliServices> = {
  places: () => ({
    home: '/srv/home',
    migrationsDirectory: '',
    journalDirectory: '',
    auditKeyDirectory: '',
    logFile: '',
  }),
  server: async () => {
    throw serverAway('/srv/home');
  },
};

describe('without a running server', () => {
  it.each([
    'infra services status',
    'infra services stop --yes',
    'plugins mcp status',
    'plugins mcp tools files',
    'plugins mcp call files read',
    'plugins mcp logs files',
    'infra audit checkpoint',
    'admin session login --link',
  ])('%s exits 8, names the home and says how to start one', async (line) => {
    const identity = { createSignInCode: () => expect.unreachable() };
    const { code, stderr } = await cli(line.split(' '), {
      services: { ...away, identity: async () => Object.assign(Object.create(null), identity) },
    });
    expect(code).toBe(8);
    expect(stderr).toContain('npm start');
    expect(stderr).toContain('/srv/home');
  });
});

describe('infra services', () => {
  it('tells how the server is, and exits 1 when it is not well', async () => {
    const well = running({ 'GET /health': { json: { status: 'ok', audit: { writable: true } } } });
    const { code, stdout } = await cli(['infra', 'services', 'status', '--json', '--detailed'], well);
    expect(code).toBe(0);
    expect(parseTrustedJson(stdout)).toMatchObject({
      status: 'ok',
      base_url: 'http://127.0.0.1:1',
      uptime_s: 5,
      health: { audit: { writable: true } },
    });
    expect(parseTrustedJson(stdout)).not.toHaveProperty('models');
    const ill = running({ 'GET /health': { status: 503, json: { status: 'degraded' } } });
    expect((await cli(['infra', 'services', 'status'], ill)).code).toBe(1);
  });

  it('tells of the upstreams of models', async () => {
    const upstreams = [{ provider: 'anthropic', endpoint: '', state: 'open', failures_in_a_row: 20 }];
    const { services } = running({
      'GET /health': { json: { status: 'ok' } },
      'GET /api/v1/admin/models': { json: { requests_in_flight: 3, upstreams } },
    });
    const { stdout } = await cli(['infra', 'services', 'status', '--json'], { services });
    expect(parseTrustedJson(stdout)).toMatchObject({ models: { requests_in_flight: 3, upstreams } });
  });

  it('hands port and host on to the server, and its exit code back', async () => {
    const asked: unknown[] = [];
    const services: Partial<CliServices> = {
      async serve(options) {
        asked.push(options);
        return 7;
      },
    };
    expect((await cli(['infra', 'services', 'serve', '--port', '8081', '--host', '::1'], { services })).code).toBe(7);
    expect(asked).toEqual([{ port: '8081', host: '::1' }]);
  });

  it('stops the process that the running server names, once it was agreed to', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']);
    const exited = once(child, 'exit');
    const { services } = running({ 'GET /health': { json: {} } }, child.pid);
    expect((await cli(['infra', 'services', 'stop'], { services })).code).toBe(2);
    expect((await cli(['infra', 'services', 'stop', '--dry-run'], { services })).code).toBe(0);
    expect(child.exitCode ?? child.signalCode).toBeNull();
    const stopped = await cli(['infra', 'services', 'stop', '--yes'], { services, clock: systemClock });
    expect(stopped.stdout).toContain('stopped');
    expect((await exited)[1]).toBe('SIGTERM');
  });
});

describe('plugins mcp', () => {
  const root = '/api/v1/admin/mcp';

  it('lists the tools of a server', async () => {
    const { services } = running({
      [`GET ${root}/files/tools`]: {
        json: { tools: [{ name: 'read', description: 'Reads.', inputSchema: { type: 'object' } }] },
      },
    });
    const { stdout } = await cli(['plugins', 'mcp', 'tools', 'files', '--schema', '--json'], { services });
    expect(parseTrustedJson(stdout)).toMatchObject({
      items: [{ server: 'files', tool: 'read', description: 'Reads.', input_schema: { type: 'object' } }],
    });
  });

  it('calls a tool with its arguments and prints what it says', async () => {
    const { services, calls } = running({
      [`POST ${root}/files/tools/read%20it`]: { json: { content: [{ type: 'text', text: 'hello\u001b[2J' }] } },
    });
    const { code, stdout } = await cli(['plugins', 'mcp', 'call', 'files', 'read it', '-a', '{"path":"/a"}'], {
      services,
    });
    expect(code).toBe(0);
    expect(stdout).toBe('hello␛[2J\n');
    expect(calls[0]?.body).toEqual({ arguments: { path: '/a' } });
  });

  it('exits 4 for a denial, 1 for a failure of the tool, and tells both in JSON', async () => {
    const denial = { isError: true, content: [], structuredContent: { decision: 'deny', policy: 'secret_scan' } };
    const denied = running({ [`POST ${root}/files/tools/read`]: { json: denial } });
    const run = await cli(['plugins', 'mcp', 'call', 'files', 'read', '--json'], denied);
    expect(run.code).toBe(4);
    expect(parseTrustedJson(run.stdout)).toMatchObject({
      success: false,
      structuredContent: { policy: 'secret_scan' },
    });
    const failed = running({ [`POST ${root}/files/tools/read`]: { json: { isError: true, content: [] } } });
    expect((await cli(['plugins', 'mcp', 'call', 'files', 'read'], failed)).code).toBe(1);
  });

  it.each(['[]', 'null', '{', '{"a":1,"a":2}'])('refuses arguments that are not one JSON object: %s', async (text) => {
    const { services, calls } = running({});
    const { code, stderr } = await cli(['plugins', 'mcp', 'call', 'files', 'read', '-a', text], { services });
    expect(code).toBe(2);
    expect(stderr).toContain('where: --args');
    expect(calls).toEqual([]);
  });

  it("makes the server's error its own", async () => {
    const problem = {
      title: 'there is no MCP server called fils',
      code: 'mcp_no_such_server',
      remedy: 'did you mean files?',
    };
    const { services } = running({ [`GET ${root}/fils/tools`]: { status: 404, json: problem } });
    const { code, stderr } = await cli(['plugins', 'mcp', 'tools', 'fils'], { services });
    expect(code).toBe(5);
    expect(stderr).toContain('did you mean files?');
  });

  it('sends whoever called a tool that is not there to the list of those that are', async () => {
    const problem = { title: 'files answered: Unknown tool: raed', code: 'mcp_upstream_error' };
    const { services } = running({ [`POST ${root}/files/tools/raed`]: { status: 502, json: problem } });
    const { code, stderr } = await cli(['plugins', 'mcp', 'call', 'files', 'raed'], { services });
    expect(code).toBe(7);
    expect(stderr).toContain('next:  systemprompt plugins mcp tools files');
  });

  it('shows what the children wrote', async () => {
    const { services } = running({ [`GET ${root}/files/logs?lines=2`]: { json: { lines: ['one', 'two'] } } });
    expect((await cli(['plugins', 'mcp', 'logs', 'files', '-n', '2'], { services })).stdout).toBe('line\none\ntwo\n');
  });
});

describe('infra logs view', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'log-'));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  const places = () => ({
    migrationsDirectory: '',
    journalDirectory: '',
    auditKeyDirectory: '',
    home: directory,
    logFile: join(directory, 'log'),
  });

  it('shows the newest entries of the time and severity that were asked for, and passes over what is torn', async () => {
    const line = (minutesAgo: number, level: number, msg: string) =>
      JSON.stringify({ level, time: new Date(NOW_MS - minutesAgo * 60_000).toISOString(), msg, where: 'x' });
    const lines = [
      line(90, 50, 'too old'),
      line(30, 30, 'plain'),
      line(20, 40, 'warned'),
      line(10, 50, 'failed'),
      '{"level":50,"ti',
    ];
    writeFileSync(places().logFile, lines.join('\n'));
    const view = async (...words: string[]) => {
      const { stdout } = await cli(['infra', 'logs', 'view', '-o', 'ndjson', ...words], { services: { places } });
      return stdout
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((text) => Object(parseTrustedJson(text)).message);
    };
    expect(await view('--since', '1h')).toEqual(['plain', 'warned', 'failed']);
    expect(await view('--since', '1h', '--level', 'warn')).toEqual(['warned', 'failed']);
    expect(await view('-n', '1')).toEqual(['failed']);
  });

  it('is empty where there is no log', async () => {
    const { code, stderr } = await cli(['infra', 'logs', 'view'], { services: { places } });
    expect(code).toBe(0);
    expect(stderr).toContain('nothing was written');
  });
});
