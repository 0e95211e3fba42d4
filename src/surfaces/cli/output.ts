import type { JsonObject } from '#foundation/json';

/**
 * What a command has to show: a value, so that a command is tested without a terminal and every format is drawn from
 * the same thing.
 */
export type Output =
  | {
      readonly kind: 'list';
      readonly columns: readonly string[];
      readonly items: readonly JsonObject[];
      /** Said on standard error where a person reads: what an empty list means, or that there is more. */
      readonly remark?: string;
      readonly exitCode?: number;
    }
  | {
      readonly kind: 'item';
      readonly item: JsonObject;
      /** How a person reads it, where a list of its members is not the best way. */
      readonly text?: string;
      readonly exitCode?: number;
    }
  /** Exactly this and a line feed, in every format: for `--token-only` and the like. */
  | { readonly kind: 'line'; readonly line: string; readonly exitCode?: number }
  /** The command has said what there was to say, or has written as it went. */
  | { readonly kind: 'nothing'; readonly exitCode?: number };

export const OUTPUT_FORMATS = ['table', 'json', 'yaml', 'ndjson'] as const;

export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** A list whose columns are the members of its items, in the order of the first one. */
export function listOf(columns: readonly string[], items: readonly JsonObject[], remark?: string): Output {
  return { kind: 'list', columns, items, ...(remark === undefined ? {} : { remark }) };
}

export function itemOf(item: JsonObject, text?: string): Output {
  return { kind: 'item', item, ...(text === undefined ? {} : { text }) };
}
