import { z } from 'zod';
import { longestMatchOf } from './pattern-length.ts';
import type { SecretRule } from './rule.ts';
import { SECRET_RULES } from './rule-catalogue.ts';
import { createRuleMatcher } from './rule-matcher.ts';

const KEYWORD_CHARACTERS_MIN = 3;
const MATCH_CHARACTERS_MAX = 16_384;
const TEXTS_MAX = 100;

const samples = z.array(z.string().min(1)).min(1).max(TEXTS_MAX);

/** A rule that code brings: the same data as a rule that ships, held to its own samples when it is loaded. */
export const registeredRuleSchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'is not in kebab case')
      .refine((id) => SECRET_RULES.every((rule) => rule.id !== id), 'is the id of a rule that ships'),
    vendor: z.string().min(1),
    keywords: z
      .array(
        z
          .string()
          .min(KEYWORD_CHARACTERS_MIN)
          .regex(/^[\x21-\x40\x5b-\x7e]*$/, 'is not ASCII in lower case'),
      )
      .min(1),
    pattern: z.instanceof(RegExp).refine((pattern) => longestMatchOf(pattern) <= MATCH_CHARACTERS_MAX, {
      message: `has a quantifier without an upper bound, or a match of more than ${MATCH_CHARACTERS_MAX} characters`,
    }),
    entropyFloor: z.number().min(0).max(8).optional(),
    mixed: z.literal(true).optional(),
    tier: z.enum(['deny', 'review']),
    contextual: z.literal(true).optional(),
    positives: samples,
    negatives: samples,
  })
  .transform(
    ({ entropyFloor, mixed, contextual, ...rule }): SecretRule => ({
      ...rule,
      ...(entropyFloor === undefined ? {} : { entropyFloor }),
      ...(mixed === undefined ? {} : { mixed }),
      ...(contextual === undefined ? {} : { contextual }),
    }),
  )
  .superRefine((rule, context) => {
    for (const [member, isFound] of [
      ['positives', true],
      ['negatives', false],
    ] as const) {
      for (const [index, sample] of rule[member].entries()) {
        if (finds(rule, sample) === isFound) continue;
        const message = isFound ? 'is not found by the rule' : 'is found by the rule';
        context.addIssue({ code: 'custom', path: [member, index], message });
      }
    }
  });

function finds(rule: SecretRule, text: string): boolean {
  let isFound = false;
  createRuleMatcher([rule]).run(text, 'all', () => {
    isFound = true;
  });
  return isFound;
}
