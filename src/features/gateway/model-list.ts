import { OperatingError } from '#foundation/errors';
import type { Exchange } from '#foundation/http/exchange';
import type { RouteTable } from './model-route.ts';
import { resolveModel } from './model-route.ts';
import { MOCK_PROVIDER } from './provider.ts';

/** A model as the Anthropic API lists it (https://docs.anthropic.com/en/api/models-list). */
export type ListedModel = {
  readonly type: 'model';
  readonly id: string;
  readonly display_name: string;
  /** The epoch, where the date is not known. */
  readonly created_at: string;
};

export type ModelPage = {
  readonly data: readonly ListedModel[];
  readonly has_more: boolean;
  readonly first_id: string | null;
  readonly last_id: string | null;
};

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 1_000;
const UNKNOWN_DATE = '1970-01-01T00:00:00Z';

/** Every model that can be asked for by a name that the configuration knows, and is served in this dialect. */
export function listedModels(table: RouteTable, mockModels: readonly string[]): readonly ListedModel[] {
  const names = new Map<string, string>();
  const add = (id: string, displayName = id) => {
    if (!names.has(id) && isServed(table, id)) names.set(id, displayName);
  };
  for (const { pattern, provider } of table.routes) {
    if (!pattern.includes('*')) add(pattern);
    for (const model of provider.models) {
      add(model.id, model.display_name);
      for (const alias of model.aliases) add(alias, model.display_name);
    }
    if (provider.name === MOCK_PROVIDER) for (const model of mockModels) add(model);
  }
  return [...names].map(([id, display_name]) => ({ type: 'model', id, display_name, created_at: UNKNOWN_DATE }));
}

function isServed(table: RouteTable, model: string): boolean {
  const resolution = resolveModel(table, model);
  return resolution.found && resolution.route.provider.wire === 'anthropic';
}

/** One page by `limit`, `after_id` and `before_id`; throws `invalid_input` for a limit that is none. */
export function modelPage(models: readonly ListedModel[], query: Exchange['query']): ModelPage {
  const limit = limitOf(query.get('limit'));
  const after = models.findIndex((model) => model.id === query.get('after_id'));
  const before = models.findIndex((model) => model.id === query.get('before_id'));
  const end = before === -1 ? models.length : before;
  // `before_id` asks for the page that ends there, `after_id` for the page that begins there.
  const start = before === -1 ? after + 1 : Math.max(after + 1, end - limit);
  const data = models.slice(start, Math.min(end, start + limit));
  return {
    data,
    has_more: before === -1 ? start + data.length < models.length : start > 0,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  };
}

function limitOf(text: string | null): number {
  if (text === null) return LIMIT_DEFAULT;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw new OperatingError('invalid_input', 'limit', `limit: a whole number from 1 to ${LIMIT_MAX} is required`);
}

export function findModel(models: readonly ListedModel[], id: string): ListedModel {
  const model = models.find((candidate) => candidate.id === id);
  if (model !== undefined) return model;
  throw new OperatingError('not_found', 'no_such_model', `model: ${JSON.stringify(id.slice(0, 256))} is not listed`, {
    remedy: 'GET /v1/models lists what is',
  });
}
