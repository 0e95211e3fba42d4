import { beforeEach, expect, test, vi } from 'vitest';
import { createIdSource } from '#foundation/ids';
import { createManualClock, type ManualClock } from '#tests/support/manual-clock';
import { callerOf } from '#tests/support/mcp-harness';
import { MCP_LIMITS } from '../limits.ts';
import type { ClientSession } from './client-session.ts';
import { type ClientSessions, createClientSessions } from './client-sessions.ts';

let clock: ManualClock;
let sessions: ClientSessions;
const onEnd = vi.fn();

beforeEach(() => {
  onEnd.mockClear();
  clock = createManualClock();
  sessions = createClientSessions({ clock, ids: createIdSource(clock.nowMs), onEnd });
});

function open(bearer = 'alice'): ClientSession {
  return sessions.open('demo', callerOf(bearer), '2025-11-25', {});
}

test('a session that nobody uses ends after an hour, one in use goes on', () => {
  const idle = open();
  const used = open();
  clock.advance(MCP_LIMITS.sessionIdleMs - 1);
  expect(sessions.find(used.id, 'demo', callerOf('alice'))).toBe(used);
  clock.advance(1);
  sessions.sweep();
  expect(onEnd.mock.calls).toEqual([[idle]]);
  expect(sessions.of('demo')).toEqual([used]);
});

test('an owner who opens too many loses the one unused for longest, and nobody else loses any', () => {
  const others = open('bob');
  const first = open();
  const second = open();
  sessions.find(first.id, 'demo', callerOf('alice'));
  for (let count = 2; count < MCP_LIMITS.sessionsPerOwnerMax; count++) open();
  expect(onEnd).not.toHaveBeenCalled();
  open();
  expect(onEnd.mock.calls).toEqual([[second]]);
  expect(sessions.find(others.id, 'demo', callerOf('bob'))).toBe(others);
});

test('ids cannot be guessed: 192 random bits each', () => {
  const ids = new Set(Array.from({ length: 50 }, () => open().id));
  expect(ids.size).toBe(50);
  for (const id of ids) expect(id).toMatch(/^[\w-]{32}$/);
});
