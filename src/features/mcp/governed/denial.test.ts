import { expect, test } from 'vitest';
import { findMethod } from '../methods.ts';
import { admitDenial, denialAnswer } from './denial.ts';

test('a widened schema keeps what it refers to in its place', () => {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: { a: { $ref: '#/$defs/a' } },
    $defs: { a: { type: 'string' } },
  };
  expect(admitDenial(schema)).toMatchObject({
    $schema: schema.$schema,
    type: 'object',
    anyOf: [{ type: 'object', properties: schema.properties }, { required: expect.arrayContaining(['decision']) }],
    $defs: schema.$defs,
  });
});

test('a schema that refers to its own root cannot be moved and is left out', () => {
  expect(admitDenial({ type: 'object', properties: { child: { $ref: '#' } } })).toBeUndefined();
  expect(admitDenial({ type: 'object', properties: { a: {}, b: { $ref: '#/properties/a' } } })).toBeUndefined();
});

test('a denial names its policy once, whether or not the reason begins with it', () => {
  const row = findMethod('tools/call') ?? expect.unreachable();
  const said = (reason: string) =>
    JSON.stringify(
      denialAnswer(row, { decision: 'deny', policy: 'secret_scan', reason, request_id: 'req_1' }, 'Denied'),
    );
  expect(said('secret_scan found a-rule in args.body; remove it')).toContain('"Denied: secret_scan found a-rule');
  expect(said('nobody may; ask an administrator')).toContain('"Denied by secret_scan: nobody may;');
});
