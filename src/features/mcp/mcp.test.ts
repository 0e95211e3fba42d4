import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { FORBIDDEN, type McpHarness, startMcpHarness } from '#tests/support/mcp-harness';
import { openSession, post } from '#tests/support/mcp-wire';
import { ROOT } from '#tests/support/source-files';

const NOTES = { type: 'stdio', command: 'node', args: [join(ROOT, 'demo/servers/notes-server.ts')] };

let harness: McpHarness;
afterEach(() => harness.dispose());

describe('the notes server through the gateway', () => {
  test('an allowed call runs and leaves a decision, a judged result and an outcome', async () => {
    harness = await startMcpHarness({ servers: { demo: NOTES } });
    const session = await openSession(harness, 'demo');
    const added = await session.call('add_note', { title: 'a', text: 'b' });
    expect(added.body.result).toEqual({ content: [{ type: 'text', text: 'Added.' }] });
    expect(harness.decisions().map((record) => [record.call_kind, record.tool_name, record.decision])).toEqual([
      ['tool_call', 'mcp__demo__add_note', 'allow'],
      ['result', 'mcp__demo__add_note', 'allow'],
    ]);
    expect(harness.outcomes()).toMatchObject([
      {
        status: 'completed',
        error: null,
        effect: {
          type: 'tool_call',
          server: 'demo',
          tool_name: 'add_note',
          method: 'tools/call',
          transport: 'stdio',
          is_error: false,
          input: { title: 'a', text: 'b' },
          output: { content: [{ type: 'text', text: 'Added.' }] },
          child_pid: expect.any(Number),
        },
      },
    ]);
  });

  test('a denied call leaves no process, and tells the model why', async () => {
    harness = await startMcpHarness({ servers: { demo: NOTES } });
    const session = await openSession(harness, 'demo');
    const denied = await session.call('add_note', { title: 'a', text: FORBIDDEN });
    expect(denied.body.result).toMatchObject({
      isError: true,
      content: [{ type: 'text', text: expect.stringContaining('secret_scan found a credential; remove it') }],
      structuredContent: { decision: 'deny', policy: 'secret_scan', request_id: expect.stringMatching(/^req_/) },
    });
    expect(harness.mcp.status()).toMatchObject([{ name: 'demo', state: 'idle', starts: 0, upstreams: [] }]);
    expect(harness.outcomes()).toEqual([]);
  });

  test('initialize is answered without a process', async () => {
    harness = await startMcpHarness({ servers: { demo: NOTES } });
    const reply = await post(harness, 'demo', {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
    });
    expect(reply.body.result).toMatchObject({
      protocolVersion: '2025-06-18',
      serverInfo: { name: 'systemprompt', version: '1.2.3' },
    });
    expect(harness.mcp.status()[0]?.starts).toBe(0);
  });
});
