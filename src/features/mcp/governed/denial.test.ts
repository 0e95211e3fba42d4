import { expect, test } from 'vitest';
import { admitDenial } from './denial.ts';

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
