import { describe, expect, test } from 'vitest';
import { assert } from '#foundation/errors';
import { findMethod, type MethodRow } from '../methods.ts';
import { readCall } from './read-call.ts';

function method(name: string): MethodRow {
  const row = findMethod(name);
  assert(row !== undefined, name);
  return row;
}

describe('a tool call', () => {
  test('is judged by its arguments, and named by its server and tool', () => {
    const read = readCall('files', method('tools/call'), { name: 'read', arguments: { path: '/a' } });
    expect(read).toMatchObject({ toolName: 'mcp__files__read', subject: 'read', toolUseId: null });
    expect(read.content).toEqual([{ path: ['params', 'arguments'], value: { path: '/a' } }]);
  });

  test("keeps the model's own id, and lets it go on only in its exact form", () => {
    const called = (id: string) =>
      readCall('s', method('tools/call'), { name: 't', _meta: { 'claudecode/toolUseId': id, progressToken: 5 } });
    expect(called('toolu_01A09q90qw90lq917835lq9')).toMatchObject({
      toolUseId: 'toolu_01A09q90qw90lq917835lq9',
      params: { _meta: { 'claudecode/toolUseId': 'toolu_01A09q90qw90lq917835lq9' } },
      progressToken: 5,
      content: [],
    });
    expect(called('anything else').params).toEqual({ name: 't', _meta: {} });
  });

  test('is judged by whatever else goes on with it', () => {
    const read = readCall('s', method('tools/call'), { name: 't', task: { ttl: 1 }, _meta: { 'x/y': 'hidden' } });
    expect(read.content).toEqual([
      { path: ['params', 'task'], value: { ttl: 1 } },
      { path: ['params', '_meta'], value: { 'x/y': 'hidden' } },
    ]);
  });
});

test('other methods are named by themselves and judged whole', () => {
  const read = readCall('s', method('resources/read'), { uri: 'file:///a' });
  expect(read).toMatchObject({ toolName: 'mcp__s__resources/read', subject: 'resources/read' });
  expect(read.content).toEqual([{ path: ['params', 'uri'], value: 'file:///a' }]);
});
