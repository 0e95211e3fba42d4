import { z } from 'zod';
import { CALL_KINDS, type Call } from './call.ts';
import { type Check, PAUSE_MICROS_MAX } from './check.ts';
import { CHECK_IDS } from './decision.ts';

const BUDGET_MICROS_MAX = 1_000_000;
const TEXT_CHARACTERS_MAX = 500;

/** What a check that is not built in may answer. It never changes a call: it lets pass, marks, asks or denies. */
export type RegisteredVerdict =
  | { readonly result: 'pass'; readonly detail: string }
  | { readonly result: 'flag'; readonly detail: string; readonly rule?: string; readonly path?: string }
  | {
      readonly result: 'deny' | 'ask';
      /** For the record. */
      readonly detail: string;
      /** One sentence with the remedy, fit for the caller's eyes. */
      readonly reason: string;
      readonly rule?: string;
      readonly path?: string;
    };

const ownIds: readonly string[] = [...CHECK_IDS, 'pipeline'];

export const registeredCheckSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9_]{2,63}$/, 'is not 3 to 64 small letters, digits and _')
    .refine((id) => !ownIds.includes(id), 'is the id of a built-in check')
    .describe('Names the check in decisions and findings.'),
  appliesTo: z.array(z.enum(CALL_KINDS)).min(1).describe('The kinds of call that it judges.'),
  budgetMicros: z
    .int()
    .positive()
    .max(BUDGET_MICROS_MAX)
    .default(PAUSE_MICROS_MAX)
    .describe('Longest time of one judgement; a longer one is a deny.'),
  judge: z
    .custom<(call: Call) => RegisteredVerdict>((value) => typeof value === 'function', 'is not a function')
    .describe('Synchronous; a throw, and an answer that is not a verdict, is a deny.'),
});

export type RegisteredCheck = z.infer<typeof registeredCheckSchema>;

const place = {
  rule: z.string().max(TEXT_CHARACTERS_MAX).optional(),
  path: z.string().max(TEXT_CHARACTERS_MAX).optional(),
};
const text = z.string().transform((said) => said.slice(0, TEXT_CHARACTERS_MAX));

const verdictSchema = z.discriminatedUnion('result', [
  z.strictObject({ result: z.literal('pass'), detail: text }),
  z.strictObject({ result: z.literal('flag'), detail: text, ...place }),
  z.strictObject({ result: z.enum(['deny', 'ask']), detail: text, reason: text.pipe(z.string().min(1)), ...place }),
]);

/**
 * A row of the pipeline whose code came from elsewhere: it is given a call that it cannot put another in the place of,
 * its answer is read strictly, and `clean` takes credentials out of its words.
 */
export function registeredCheck(check: RegisteredCheck, clean: (text: string) => string): Check {
  return {
    id: check.id,
    appliesTo: check.appliesTo,
    budgetMicros: check.budgetMicros,
    judge(call) {
      const { rule, path, ...said } = {
        rule: undefined,
        path: undefined,
        ...verdictSchema.parse(check.judge(Object.freeze({ ...call }))),
      };
      const at = {
        ...(rule === undefined ? {} : { rule: clean(rule) }),
        ...(path === undefined ? {} : { path: clean(path) }),
      };
      if (said.result === 'pass') return { result: 'pass', detail: clean(said.detail) };
      if (said.result === 'flag') return { result: 'flag', detail: clean(said.detail), ...at };
      return { result: said.result, detail: clean(said.detail), reason: clean(said.reason), ...at };
    },
  };
}
