import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type Document, isMap, isSeq, parseDocument } from 'yaml';
import { OperatingError } from '#foundation/errors';
import { type BudgetConfig, budgetSchema } from '#governance/budgets/config';
import type { BudgetEdit } from '#surfaces/cli/budget-desk';
import { textOf } from './edited-files.ts';

export type BudgetPlace = {
  /** The root of the services tree. */
  readonly servicesDirectory: string;
  /** The file that has the budget; undefined for a new one. */
  readonly file: string | undefined;
};

export type BudgetPlan = {
  readonly budget: BudgetConfig;
  readonly file: string;
  /** By the path of its file. */
  readonly texts: ReadonlyMap<string, string>;
};

/** What the edit makes of the files: path to new text. Throws when the budget would not be valid. */
export async function planBudget(edit: BudgetEdit, place: BudgetPlace): Promise<BudgetPlan> {
  const root = join(place.servicesDirectory, 'config', 'config.yaml');
  const file = place.file ?? join(place.servicesDirectory, 'budgets', `${edit.id}.yaml`);
  const isNew = place.file === undefined;
  const document = parseDocument(isNew ? NEW_FILE : await readFile(file, 'utf8'));
  const index = isNew ? 0 : indexOf(document, edit.id);
  if (isNew) document.setIn(['budgets', 0, 'id'], edit.id);
  for (const [name, value] of Object.entries(edit.change)) document.setIn(['budgets', index, name], value);
  for (const [name, value] of Object.entries(edit.limits)) document.setIn(['budgets', index, 'limits', name], value);
  const budget = checked(document.toJS()?.budgets?.[index], file);
  const texts = new Map([[file, document.toString({ lineWidth: 120 })]]);
  if (isNew) texts.set(root, await included(root, relative(dirname(root), file)));
  return { budget, file, texts };
}

const NEW_FILE =
  '# yaml-language-server: $schema=../../docs/reference/services.schema.json\nbudgets:\n  - id: new\n    limits: {}\n';

function indexOf(document: Document, id: string): number {
  const budgets = document.get('budgets');
  const index = isSeq(budgets) ? budgets.items.findIndex((item) => isMap(item) && item.get('id') === id) : -1;
  if (index !== -1) return index;
  throw new OperatingError('conflict', 'budget_moved', `the budget ${id} is written in a way that cannot be edited`, {
    remedy: 'edit the file by hand',
  });
}

function checked(value: unknown, file: string): BudgetConfig {
  const parsed = budgetSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new OperatingError('invalid_input', 'budget_invalid', `the budget would not be valid: ${problems}`, {
    where: file,
    remedy: 'systemprompt admin budgets set --help',
  });
}

/** The root with one more include. */
async function included(root: string, path: string): Promise<string> {
  const document = parseDocument((await textOf(root)) ?? '');
  if (document.contents === null) return `includes:\n  - ${path}\n`;
  if (isSeq(document.get('includes'))) document.addIn(['includes'], path);
  else document.set('includes', [path]);
  return document.toString({ lineWidth: 120 });
}
