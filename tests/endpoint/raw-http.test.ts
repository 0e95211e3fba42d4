import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { gatewayTo, startTestApp, type TestApp } from '#tests/support/app';
import { type HeldUpstream, startHeldUpstream } from '#tests/support/held-upstream';
import { openRaw, type RawAnswer, sendRaw } from '#tests/support/raw-http';

const HOST = 'Host: localhost\r\n';
const HEAD_MS_MAX = 400;

let test: TestApp;
let upstream: HeldUpstream;
let bearer: string;

beforeAll(async () => {
  upstream = await startHeldUpstream();
  test = await startTestApp({
    profile: {
      gateway: gatewayTo(upstream.endpoint.replace(/\/v1$/, '')),
      server: { head_ms_max: HEAD_MS_MAX, request_ms_max: 1_200, hook_bytes_max: 100_000 },
    },
  });
  bearer = `Authorization: Bearer ${await test.pat('admin')}\r\n`;
});

afterAll(async () => {
  upstream.release();
  await test.dispose();
  await upstream.close();
});

beforeEach(() => test.clock.advance(60_000));

const event = (session: string) =>
  JSON.stringify({ hook_event_name: 'PreToolUse', session_id: session, tool_name: 'Read', tool_input: {} });
const hex = (text: string) => text.length.toString(16);
const chunked = (text: string) => `${hex(text)}\r\n${text}\r\n0\r\n\r\n`;

/** The head of an authenticated hook event, to be followed by more headers. */
const head = () => `POST /api/public/hooks/govern HTTP/1.1\r\n${HOST}${bearer}`;
const whole = (session: string, more = '') =>
  `${head()}${more}Content-Length: ${event(session).length}\r\n\r\n${event(session)}`;

const OUTER = event('outer');
const INNER = () => whole('smuggled');
const sized = (value: string | number) => `Content-Length: ${value}\r\n`;
const CHUNKED = 'Transfer-Encoding: chunked\r\n';

type Attack = readonly [name: string, status: number, bytes: () => string];

/** Each can be read in two ways, or in none; what would be read out of it is an authenticated call of its own. */
const FRAMINGS: readonly Attack[] = [
  ['CL.TE', 400, () => `${head()}${sized(5 + INNER().length)}${CHUNKED}\r\n0\r\n\r\n${INNER()}`],
  ['TE.CL', 400, () => `${head()}${CHUNKED}${sized(4)}\r\n${chunked(INNER())}`],
  ['one length twice', 400, () => `${head()}${sized(OUTER.length).repeat(2)}\r\n${OUTER}${INNER()}`],
  ['two lengths', 400, () => `${head()}${sized(OUTER.length)}${sized(0)}\r\n${OUTER}${INNER()}`],
  ['a list of lengths', 400, () => `${head()}${sized(`${OUTER.length}, ${OUTER.length}`)}\r\n${OUTER}${INNER()}`],
  ['a signed length', 400, () => `${head()}${sized(`+${OUTER.length}`)}\r\n${OUTER}`],
  ['a negative length', 400, () => `${head()}${sized(-1)}\r\n${INNER()}`],
  ['a length in base 16', 400, () => `${head()}${sized('0x10')}\r\n${INNER()}`],
  ['a length beyond any number', 400, () => `${head()}${sized('9'.repeat(40))}\r\n${INNER()}`],
  ['an empty length', 400, () => `${head()}${sized('')}\r\n${INNER()}`],
  ['a length before a space and a colon', 400, () => `${head()}Content-Length : ${OUTER.length}\r\n\r\n${OUTER}`],
  ['a coding before a space and a colon', 400, () => `${head()}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${INNER()}`],
  ['a coding on a folded line', 400, () => `${head()}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${INNER()}`],
  ['a length on a folded line', 400, () => `${head()}X-A: b\r\n ${sized(0)}${sized(OUTER.length)}\r\n${OUTER}`],
  ['an unknown coding', 400, () => `${head()}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${INNER()}`],
  ['the identity coding', 400, () => `${head()}Transfer-Encoding: identity\r\n${sized(OUTER.length)}\r\n${OUTER}`],
  ['two codings', 400, () => `${head()}${CHUNKED}Transfer-Encoding: identity\r\n\r\n0\r\n\r\n${INNER()}`],
  ['chunked, but not last', 400, () => `${head()}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n${INNER()}`],
  ['a chunk whose size is no number', 400, () => `${head()}${CHUNKED}\r\nzz\r\n${OUTER}\r\n0\r\n\r\n`],
  ['a chunk of negative size', 400, () => `${head()}${CHUNKED}\r\n-1\r\n${INNER()}`],
  ['a chunk beyond any number', 400, () => `${head()}${CHUNKED}\r\n${'f'.repeat(17)}\r\n${INNER()}`],
  ['a chunk size with a space', 400, () => `${head()}${CHUNKED}\r\n${hex(OUTER)} \r\n${OUTER}\r\n0\r\n\r\n`],
  ['a chunk that is longer than it says', 400, () => `${head()}${CHUNKED}\r\n${hex(OUTER)}\r\n${OUTER}XX0\r\n\r\n`],
  ['chunks on bare line feeds', 400, () => `${head()}${CHUNKED}\r\n${hex(OUTER)}\n${OUTER}\n0\n\n`],
  ['an endless chunk extension', 413, () => `${head()}${CHUNKED}\r\n1;${'a'.repeat(20_000)}\r\n`],
  ['endless trailers', 431, () => `${head()}${CHUNKED}\r\n0\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`],
];

const HEADS: readonly Attack[] = [
  ['bare line feeds', 400, () => whole('outer').replaceAll('\r\n', '\n')],
  ['bare carriage returns', 400, () => whole('outer').replaceAll('\r\n', '\r')],
  ['NUL in a value', 400, () => whole('outer', 'X-A: a\0b\r\n')],
  ['NUL in a name', 400, () => whole('outer', 'X\0A: b\r\n')],
  ['a carriage return in a value', 400, () => whole('outer', 'X-A: a\rb\r\n')],
  ['a header without a name', 400, () => whole('outer', ': b\r\n')],
  ['a header before the first', 400, () => `GET /livez HTTP/1.1\r\n ${HOST}\r\n`],
  ['no host', 400, () => 'GET /livez HTTP/1.1\r\n\r\n'],
  ['no host in HTTP/1.0', 400, () => 'GET /livez HTTP/1.0\r\n\r\n'],
  ['two hosts', 400, () => whole('outer', HOST)],
  ['a foreign host', 403, () => 'GET /livez HTTP/1.1\r\nHost: evil.example\r\n\r\n'],
  ['a tab in the request line', 400, () => `GET\t/livez HTTP/1.1\r\n${HOST}\r\n`],
  ['a control character in the target', 400, () => `GET /li\x01vez HTTP/1.1\r\n${HOST}\r\n`],
  ['raw bytes in the target', 400, () => `GET /livez\xc3\x28 HTTP/1.1\r\n${HOST}\r\n`],
  ['a method in small letters', 400, () => `get /livez HTTP/1.1\r\n${HOST}\r\n`],
  ['a method of our own', 400, () => `GOVERN /livez HTTP/1.1\r\n${HOST}\r\n`],
  ['HTTP/1.2', 400, () => `GET /livez HTTP/1.2\r\n${HOST}\r\n`],
  ['HTTP/2 without asking', 400, () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['TLS', 400, () => '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03'],
  ['CONNECT', 400, () => `CONNECT localhost:22 HTTP/1.1\r\n${HOST}\r\n`],
  ['TRACE', 400, () => `TRACE /livez HTTP/1.1\r\n${HOST}${bearer}\r\n`],
  ['5,000 headers', 431, () => whole('outer', 'a:b\r\n'.repeat(5_000))],
  ['a header of 1 MB', 431, () => whole('outer', `X-A: ${'a'.repeat(1_000_000)}\r\n`)],
  ['40 KB of headers', 431, () => whole('outer', `X-A: ${'a'.repeat(8_000)}\r\n`.repeat(5))],
  ['a target of 1 MB', 431, () => `GET /${'a'.repeat(1_000_000)} HTTP/1.1\r\n${HOST}\r\n`],
];

const TARGETS = [
  'http://localhost/api/public/hooks/govern',
  'http://evil.example/api/public/hooks/govern',
  '//api/public/hooks/govern',
  '/api//public/hooks/govern',
  '/api/public%2fhooks/govern',
  '/api/public%5chooks/govern',
  '/api/./public/hooks/govern',
  '/x/../api/public/hooks/govern',
  '/x/%2e%2e/api/public/hooks/govern',
  '/api/public/hooks/govern/..',
  '/api/public/hooks/govern;x=y',
  '/api/public/hooks/%67overn%',
  '/api/public/hooks/%2567overn',
  '/api/public/hooks/govern%00',
  '/api/public/hooks/govern%0d%0a',
  '\\api\\public',
  '*',
].map((target): Attack => {
  const body = () => `${HOST}${bearer}${sized(OUTER.length)}\r\n${OUTER}`;
  return [`the target ${target}`, 400, () => `POST ${target} HTTP/1.1\r\n${body()}`];
});

describe.each([...FRAMINGS, ...HEADS, ...TARGETS])('%s', (_name, status, bytes) => {
  it(`is answered once, with ${status} and a reason, ends the connection, and is no call`, async () => {
    const before = (await test.decisions()).length;
    const answers = await sendRaw(test.port, Buffer.from(bytes(), 'latin1'));
    expect(answers.map((answer) => answer.status)).toEqual([status]);
    for (const { headers, body } of answers) {
      expect(headers.connection).toBe('close');
      expect(headers['x-systemprompt-request-id']).toMatch(/^req_[0-9a-f-]{36}$/);
      expect(headers['x-systemprompt-trace-id']).toMatch(/^[0-9a-f]{32}$/);
      const problem = JSON.parse(body);
      expect(problem).toMatchObject({ status, title: expect.any(String), code: expect.any(String) });
      expect(problem.request_id).toBe(headers['x-systemprompt-request-id']);
    }
    expect((await test.decisions()).slice(before)).toEqual([]);
  });
});

async function recorded(session: string): Promise<number> {
  return (await test.decisions()).filter((row) => row.session_id === session).length;
}

const decisionOf = (answer: RawAnswer | undefined) =>
  JSON.parse(answer?.body ?? '{}').hookSpecificOutput?.permissionDecision;
const LAST = 'Connection: close\r\n';

describe('what is unusual and plain', () => {
  it.each([
    ['chunk-extensions', () => `${head()}${LAST}${CHUNKED}\r\n${hex(event('chunk-extensions'))};a="b"\r\n`, true],
    ['trailers', () => `${head()}${LAST}${CHUNKED}\r\n`, false],
  ])('is read: %s', async (session, begin, hasSize) => {
    const body = event(session);
    const rest = hasSize
      ? `${body}\r\n0\r\n\r\n`
      : `${hex(body)}\r\n${body}\r\n0\r\n${HOST}Authorization: Bearer x\r\n\r\n`;
    const answers = await sendRaw(test.port, begin() + rest);
    expect(answers.map(decisionOf)).toEqual(['allow']);
    expect(await recorded(session)).toBe(1);
  });

  it('is a line before the request', async () => {
    const answers = await sendRaw(test.port, `\r\n\r\n${whole('empty-lines', LAST)}`);
    expect(answers.map(decisionOf)).toEqual(['allow']);
  });

  it('is HTTP/1.0, which ends with its answer', async () => {
    const answers = await sendRaw(test.port, whole('http-1-0').replace('HTTP/1.1', 'HTTP/1.0'));
    expect(answers.map(decisionOf)).toEqual(['allow']);
    expect(answers[0]?.headers.connection).toBe('close');
  });

  it('is an Upgrade that is not taken up', async () => {
    const answers = await sendRaw(test.port, whole('upgrade', 'Connection: Upgrade\r\nUpgrade: h2c\r\n') + INNER());
    expect(answers.map(decisionOf)).toEqual(['allow']);
    expect(await recorded('upgrade')).toBe(1);
    expect(await recorded('smuggled')).toBe(0);
  });

  it('are requests one after another without waiting: each answered and recorded, in their order', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `pipelined-${index}`);
    const answers = await sendRaw(test.port, names.map((name) => whole(name)).join('') + whole('pipelined-last', LAST));
    expect(answers.map(decisionOf)).toEqual(Array(21).fill('allow'));
    const sessions = (await test.decisions()).map((row) => row.session_id);
    expect(sessions.filter((name) => name.startsWith('pipelined')).toSorted()).toEqual(
      [...names, 'pipelined-last'].toSorted(),
    );
  });

  it('is a body where none belongs: it is read as nothing else', async () => {
    for (const path of ['/livez', '/v1/models']) {
      const bytes = `GET ${path} HTTP/1.1\r\n${HOST}${bearer}${sized(INNER().length)}\r\n${INNER()}`;
      expect((await sendRaw(test.port, bytes)).map((answer) => answer.status)).toEqual([413]);
    }
    expect(await recorded('smuggled')).toBe(0);
  });
});

describe('two credentials', () => {
  it('in two headers of one name are refused, whichever of them is good', async () => {
    const other = 'Authorization: Bearer other\r\n';
    for (const more of [`${other}`, bearer]) {
      const answers = await sendRaw(test.port, whole('two-credentials', `${more}${LAST}`));
      expect(answers.map(decisionOf)).toEqual(['deny']);
    }
    expect(await recorded('two-credentials')).toBe(0);
  });
});

describe('Expect: 100-continue', () => {
  const EXPECT = 'Expect: 100-continue\r\n';

  it('is answered when the body is wanted', async () => {
    const connection = await openRaw(test.port);
    const body = event('expected');
    connection.send(`${head()}${EXPECT}${LAST}${sized(body.length)}\r\n`);
    await connection.until('HTTP/1.1 100 Continue\r\n\r\n');
    connection.send(body);
    const answers = await connection.closed();
    expect(answers.map((answer) => answer.status)).toEqual([100, 200]);
    expect(await recorded('expected')).toBe(1);
  });

  it('asks for no body of a request that is refused', async () => {
    const unknown = head().replace(bearer, 'Authorization: Bearer nobody\r\n').replace('hooks/govern', 'hooks/track');
    const tooLarge = `${head().replace('hooks/govern', 'hooks/track')}${EXPECT}${sized(4_000_000_000)}\r\n`;
    expect((await sendRaw(test.port, `${unknown}${EXPECT}${sized(10)}\r\n`)).map(({ status }) => status)).toEqual([
      401,
    ]);
    expect((await sendRaw(test.port, tooLarge)).map(({ status }) => status)).toEqual([413]);
  });

  it('says nothing to any other expectation', async () => {
    const answers = await sendRaw(test.port, whole('expects-more', `Expect: 200-ok\r\n${LAST}`));
    expect(answers.map((answer) => answer.status)).toEqual([200]);
  });
});

const PATHS = readFileSync(join(import.meta.dirname, 'access-table.txt'), 'utf8')
  .split('\n')
  .slice(1)
  .filter((line) => line !== '')
  .map((line) => line.split(/\s+/).slice(0, 2).join(' '));

describe.each([...new Set(PATHS.map((row) => row.split(' ')[1] ?? ''))])('%s', (pattern) => {
  const path = pattern.replace('{server}', 'remote').replace(/\{\w+\}/g, 'x');

  it('answers HEAD without a body, and OPTIONS with the methods that there are', async () => {
    const send = (method: string) => sendRaw(test.port, `${method} ${path} HTTP/1.1\r\n${HOST}${bearer}${LAST}\r\n`);
    const connection = await openRaw(test.port);
    connection.send(`HEAD ${path} HTTP/1.1\r\n${HOST}${bearer}${LAST}\r\n`);
    await connection.closed();
    const came = await connection.until('\r\n\r\n');
    expect([came.slice(0, 9), came.indexOf('\r\n\r\n')]).toEqual(['HTTP/1.1 ', came.length - 4]);
    const [options] = await send('OPTIONS');
    expect(options?.status).toBe(400);
    for (const method of PATHS.filter((row) => row.endsWith(` ${pattern}`)).map((row) => row.split(' ')[0])) {
      expect(options?.body).toContain(method);
    }
  });
});

describe('a client that is slow', () => {
  it.each([
    ['with its head', () => `POST /api/public/hooks/govern HTTP/1.1\r\n${HOST}X-`],
    ['with its first line', () => 'GET /live'],
    ['with its body', () => `${head()}${sized(100)}\r\n{"hook_event_name":`],
    ['with its chunks', () => `${head()}${CHUNKED}\r\n10\r\n{"hook_event`],
  ])('%s is told so and let go', async (_what, bytes) => {
    const before = (await test.decisions()).length;
    const answers = await sendRaw(test.port, bytes());
    expect(answers.map((answer) => answer.status)).toEqual([408]);
    expect(JSON.parse(answers[0]?.body ?? '').code).toBe('request_timeout');
    expect((await test.decisions()).slice(before)).toEqual([]);
  });

  it('byte by byte is no faster', async () => {
    const connection = await openRaw(test.port);
    connection.send('GET /livez HTTP/1.1\r\n');
    const dripping = setInterval(() => connection.send('X'), 20);
    const answers = await connection.closed();
    clearInterval(dripping);
    expect(answers.map((answer) => answer.status)).toEqual([408]);
  });
});

describe('a client that leaves in the middle of its body', () => {
  it('has made no call, and nothing of it stays', async () => {
    const before = (await test.decisions()).length;
    const paths = ['/api/public/hooks/govern', '/v1/messages', '/api/v1/mcp/remote/mcp'];
    for (const path of paths) {
      for (const framing of [sized(1_000), CHUNKED]) {
        const connection = await openRaw(test.port);
        connection.send(`POST ${path} HTTP/1.1\r\n${HOST}${bearer}${framing}\r\n10\r\n{"model":"claude`);
        await vi.waitFor(() => expect(test.app.server.inFlight()).toBe(1), { interval: 5 });
        connection.socket.destroy();
        await vi.waitFor(() => expect(test.app.server.inFlight()).toBe(0), { interval: 5 });
      }
    }
    expect((await test.decisions()).slice(before)).toEqual([]);
    expect(upstream.arrived).toBe(0);
  });

  it('while its credential is looked up leaves nothing behind either', async () => {
    for (let round = 0; round < 5; round++) {
      // Whatever is remembered is too old now, so the database is asked.
      test.clock.advance(3_600_000);
      const connection = await openRaw(test.port);
      connection.send(`${head()}${CHUNKED}\r\nzz\r\n`);
      expect((await connection.closed()).map((answer) => answer.status)).toEqual([400]);
    }
    await vi.waitFor(() => expect(test.app.server.inFlight()).toBe(0), { interval: 5 });
  });
});

describe('garbage behind a request that is being answered', () => {
  it('ends the connection and is no part of the answer', async () => {
    const body = JSON.stringify({
      model: 'claude-x',
      max_tokens: 9,
      stream: true,
      messages: [{ role: 'user', content: 'x' }],
    });
    const connection = await openRaw(test.port);
    const { length } = body;
    connection.send(`POST /v1/messages HTTP/1.1\r\n${HOST}${bearer}${sized(length)}\r\n${body}`);
    await connection.until('the beginning');
    connection.send('\0\0\0garbage\r\n\r\n');
    await connection.closed();
    const came = await connection.until('the beginning');
    expect(came.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(came).not.toContain('malformed_request');
    await vi.waitFor(() => expect(upstream.cut).toBe(1), { interval: 5 });
  });
});
