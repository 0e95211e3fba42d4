import type { JsonObject } from '#foundation/json';
import type { BudgetConfig } from '#governance/budgets/config';

export type BudgetEdit = {
  readonly id: string;
  /** What to change; the rest stays. */
  readonly change: JsonObject;
  readonly limits: JsonObject;
};

/** The budgets as they stand in the files of the configuration. */
export type BudgetDesk = {
  list(): Promise<readonly BudgetConfig[]>;
  /** Changes a budget or makes one. Nothing stays written when the configuration would not be valid. */
  set(
    edit: BudgetEdit,
    options: { readonly dryRun: boolean },
  ): Promise<{ readonly budget: BudgetConfig; readonly file: string }>;
};
