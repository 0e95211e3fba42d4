import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseTrustedJson } from '#foundation/json';
import { renderConfigReference } from './config-reference.ts';
import { describeKeys } from './describe-schema.ts';
import { renderEditorSchema } from './editor-schema.ts';
import { jsonSchemaOf } from './json-schema.ts';

const schema = jsonSchemaOf(
  z.strictObject({
    limits: z
      .strictObject({
        count: z.int().min(1).max(9).default(3).describe('How many.'),
        mode: z.enum(['a', 'b']).default('a').describe('Either a | or b.'),
        name: z.string().nullable().default(null).describe('A name.'),
      })
      .prefault({})
      .describe('What is bounded.'),
    servers: z
      .record(
        z.string(),
        z.discriminatedUnion('type', [
          z.strictObject({
            type: z.literal('near').describe('Here.'),
            on: z.boolean().default(true),
            path: z.string(),
          }),
          z.strictObject({ type: z.literal('far').describe('There.'), on: z.boolean().default(true) }),
        ]),
      )
      .default({})
      .describe('Servers by name.'),
    rules: z.array(z.strictObject({ id: z.string(), ratio: z.number().positive() })).default([]),
  }),
);

test('the reference has a table for each slice, with type, default and description', () => {
  const text = renderConfigReference([{ title: 'Profile', introduction: 'One file.', schema }]);
  expect(text).toContain('### `limits`\n\nWhat is bounded.\n\n| key | type | default | description |');
  expect(text).toContain('| `count` | whole number from 1 up to 9 | `3` | How many. |');
  expect(text).toContain('| `mode` | "a" or "b" | `"a"` | Either a \\| or b. |');
  expect(text).toContain('| `name` | text or null | `null` | A name. |');
  expect(text).toContain('| `[].ratio` | number above 0 | *required* |  |');
});

test('what the branches of a union say alike stands once, and the others say which branch has them', () => {
  const text = renderConfigReference([{ title: 'Services', introduction: '', schema }]);
  expect(text.match(/`<name>\.on`/g)).toHaveLength(1);
  expect(text).toContain('| `<name>.type` | "near" | *required* | Here. *(near only)* |');
  expect(text).toContain('| `<name>.type` | "far" | *required* | There. *(far only)* |');
  expect(text).toContain('| `<name>.path` | text | *required* | *(near only)* |');
});

test('a schema that contains itself ends', () => {
  const node: z.ZodType = z.strictObject({
    get child() {
      return node.optional();
    },
  });
  expect(describeKeys(jsonSchemaOf(node)).length).toBeLessThan(50);
});

test('the schema for editors allows includes and sections with nothing in them', () => {
  const rendered = parseTrustedJson(renderEditorSchema('profile', schema));
  expect(rendered).toMatchObject({
    title: 'profile',
    additionalProperties: false,
    properties: {
      includes: { type: 'array' },
      limits: { anyOf: [{ type: 'object' }, { type: 'null' }] },
    },
  });
});
