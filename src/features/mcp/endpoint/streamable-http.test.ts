import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type McpHarness, startMcpHarness } from '#tests/support/mcp-harness';
import { openSession, post } from '#tests/support/mcp-wire';
import { ROOT } from '#tests/support/source-files';

const NOTES = { type: 'stdio', command: 'node', args: [join(ROOT, 'demo/servers/notes-server.ts')] };

let harness: McpHarness;

beforeAll(async () => {
  harness = await startMcpHarness({
    servers: {
      demo: NOTES,
      other: NOTES,
      off: { ...NOTES, enabled: false },
      admins: { ...NOTES, oauth: { scopes: ['admin'] } },
    },
  });
});

afterAll(() => harness.dispose());

const initialize = (protocolVersion: unknown) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion, capabilities: {}, clientInfo: { name: 'x', version: '1' } },
});
const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };

describe('revisions', () => {
  test.each(['2025-11-25', '2025-06-18', '2025-03-26'])('%s is spoken as asked', async (revision) => {
    const reply = await post(harness, 'demo', initialize(revision));
    expect(reply.body.result.protocolVersion).toBe(revision);
  });

  test.each(['2024-11-05', '1.0', ''])('%j is answered with the newest', async (revision) => {
    const reply = await post(harness, 'demo', initialize(revision));
    expect(reply.body.result.protocolVersion).toBe('2025-11-25');
  });

  const modern = { 'mcp-protocol-version': '2026-07-28' };
  const envelope = { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } };
  test.each([
    ['its header', { ...ping, params: {} }, modern],
    ['server/discover', { jsonrpc: '2.0', id: 1, method: 'server/discover' }, {}],
    ['its envelope', { ...ping, params: envelope }, {}],
  ])('the sessionless era, known by %s, is refused so that a client can fall back', async (_by, message, headers) => {
    const reply = await post(harness, 'demo', message, headers);
    expect(reply.status).toBe(400);
    expect(reply.body).toMatchObject({
      id: 1,
      error: { code: -32022, data: { supported: ['2025-11-25', '2025-06-18', '2025-03-26'] } },
    });
  });
});

describe('a session', () => {
  test('belongs to its owner and its server', async () => {
    const session = await openSession(harness, 'demo', { bearer: 'alice' });
    expect((await session.request('ping')).status).toBe(200);
    const hijacked = await post(harness, 'demo', ping, { ...session.headers, authorization: 'Bearer mallory' });
    expect([hijacked.status, hijacked.body.error.code]).toEqual([404, -32001]);
    const elsewhere = await post(harness, 'other', ping, session.headers);
    expect([elsewhere.status, elsewhere.body.error.code]).toEqual([404, -32001]);
    expect((await session.request('ping')).status).toBe(200);
  });

  test('cannot be listened to, ended or answered for by anybody else', async () => {
    const session = await openSession(harness, 'demo', { bearer: 'alice' });
    const mallory = { ...session.headers, authorization: 'Bearer mallory' };
    for (const method of ['GET', 'DELETE']) {
      const headers = { ...mallory, accept: 'text/event-stream' };
      expect((await fetch(harness.endpoint('demo'), { method, headers })).status).toBe(404);
    }
    const answer = { jsonrpc: '2.0', id: 'upstream-1', result: {} };
    expect((await post(harness, 'demo', answer, mallory)).status).toBe(404);
    expect((await session.request('ping')).status).toBe(200);
  });

  test('is required, and ends by DELETE', async () => {
    expect((await post(harness, 'demo', ping)).status).toBe(400);
    expect((await post(harness, 'demo', ping, { 'mcp-session-id': 'made-up' })).status).toBe(404);
    const session = await openSession(harness, 'demo');
    const ended = await fetch(harness.endpoint('demo'), { method: 'DELETE', headers: session.headers });
    expect(ended.status).toBe(200);
    expect((await session.request('ping')).status).toBe(404);
  });

  test('cannot be initialised twice', async () => {
    const session = await openSession(harness, 'demo');
    const again = await post(harness, 'demo', initialize('2025-11-25'), session.headers);
    expect([again.status, again.body.error.code]).toEqual([400, -32600]);
  });
});

describe('a body', () => {
  test.each([
    ['{"jsonrpc":', 400, -32700],
    ['{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', 400, -32700],
    [`${'['.repeat(200)}${']'.repeat(200)}`, 400, -32700],
    ['"text"', 400, -32600],
    ['{"id":1,"method":"ping"}', 400, -32600],
    ['{"jsonrpc":"2.0","id":null,"method":"ping"}', 400, -32600],
    ['{"jsonrpc":"2.0","id":1.5,"method":"ping"}', 400, -32600],
    ['{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', 400, -32600],
    ['{"jsonrpc":"2.0","id":1,"method":7}', 400, -32600],
    ['{"jsonrpc":"2.0","id":1}', 400, -32600],
  ])('%s is refused with its place in JSON-RPC', async (text, status, code) => {
    const session = await openSession(harness, 'demo');
    const reply = await post(harness, 'demo', text, session.headers);
    expect([reply.status, reply.body.error.code]).toEqual([status, code]);
  });

  test('must be declared as JSON, and its answer must be acceptable', async () => {
    const declared = await post(harness, 'demo', initialize('2025-11-25'), { 'content-type': 'text/plain' });
    expect(declared.status).toBe(415);
    const accepted = await post(harness, 'demo', initialize('2025-11-25'), { accept: 'image/png' });
    expect(accepted.status).toBe(406);
    const stream = await post(harness, 'demo', initialize('2025-11-25'), { accept: 'text/event-stream' });
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    expect(stream.body.result.protocolVersion).toBe('2025-11-25');
  });
});

describe('batches', () => {
  const batch = [
    { jsonrpc: '2.0', id: 'a', method: 'ping' },
    { jsonrpc: '2.0', method: 'notifications/initialized' },
    { jsonrpc: '2.0', id: 'b', method: 'nothing/here' },
    'garbage',
  ];

  test('are answered in the revision that has them', async () => {
    const session = await openSession(harness, 'demo', { revision: '2025-03-26' });
    const reply = await post(harness, 'demo', batch, session.headers);
    expect(reply.body).toMatchObject([{ id: 'a', result: {} }, { id: 'b', error: { code: -32601 } }, { id: null }]);
  });

  test.each(['2025-06-18', '2025-11-25'])('are refused in %s', async (revision) => {
    const session = await openSession(harness, 'demo', { revision });
    const reply = await post(harness, 'demo', batch, session.headers);
    expect([reply.status, reply.body.error.code]).toEqual([400, -32600]);
  });

  test('are bounded', async () => {
    const session = await openSession(harness, 'demo', { revision: '2025-03-26' });
    expect((await post(harness, 'demo', Array(33).fill(ping), session.headers)).status).toBe(400);
    expect((await post(harness, 'demo', [], session.headers)).status).toBe(400);
  });
});

describe('requests', () => {
  test('of unknown methods and malformed tool calls get their exact error', async () => {
    const session = await openSession(harness, 'demo');
    expect((await session.request('tasks/list')).body.error.code).toBe(-32601);
    expect((await session.request('tools/call', {})).body.error.code).toBe(-32602);
    expect((await session.request('tools/call', { name: 'x', arguments: [] })).body.error.code).toBe(-32602);
    expect((await session.request('tools/call', { name: 'x'.repeat(201) })).body.error.code).toBe(-32602);
    expect((await session.request('tools/call', { name: 'x', _meta: 7 })).body.error.code).toBe(-32602);
    expect(harness.mcp.status().every(({ starts }) => starts === 0)).toBe(true);
  });

  test('to a server that does not exist or is disabled get 404', async () => {
    expect((await post(harness, 'nowhere', initialize('2025-11-25'))).status).toBe(404);
    expect((await post(harness, 'off', initialize('2025-11-25'))).status).toBe(404);
    expect((await post(harness, '__proto__', initialize('2025-11-25'))).status).toBe(404);
  });

  test('without the scope that the server asks for get a challenge, and the refusal is recorded', async () => {
    const reply = await post(harness, 'admins', initialize('2025-11-25'), { authorization: 'Bearer bob/user' });
    expect(reply.status).toBe(403);
    expect(reply.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_scope", scope="admin", resource_metadata="http://localhost/.well-known/oauth-protected-resource/api/v1/mcp/admins/mcp"',
    );
    expect(harness.decisions().at(-1)).toMatchObject({ policy: 'scope_check', decision: 'deny', user_id: 'bob' });
    const admin = await post(harness, 'admins', initialize('2025-11-25'), { authorization: 'Bearer eve/admin' });
    expect(admin.status).toBe(200);
  });
});

test('the metadata of a protected resource name it as RFC 9728 has it', () => {
  expect(harness.mcp.protectedResourceMetadata('admins', 'https://gateway.example')).toEqual({
    resource: 'https://gateway.example/api/v1/mcp/admins/mcp',
    resource_name: 'admins',
    authorization_servers: ['https://gateway.example'],
    bearer_methods_supported: ['header'],
    scopes_supported: ['admin'],
  });
  expect(harness.mcp.audience('admins')).toBe('admins');
  expect(harness.mcp.audience('nowhere')).toBeNull();
});
