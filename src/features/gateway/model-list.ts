import { OperatingError } from '#foundation/errors';
import type { Exchange } from '#foundation/http/exchange';
import { MOCK_PROVIDER } from './built-in-providers.ts';
import { type RouteTable, resolveModel } from './model-route.ts';

/**
 * A model as the APIs of Anthropic (https://docs.anthropic.com/en/api/models-list) and of OpenAI
 * (https://platform.openai.com/docs/api-reference/models/object) list it, in one: the client is not asked which of
 * them it speaks.
 */
export type ListedModel = {
  readonly type: 'model';
  readonly object: 'model';
  readonly id: string;
  readonly display_name: string;
  /** The epoch, where the date is not known. */
  readonly created_at: string;
  readonly created: number;
  /** The provider's tag. */
  readonly owned_by: string;
};

export type ModelPage = {
  readonly object: 'list';
  readonly data: readonly ListedModel[];
  readonly has_more: boolean;
  readonly first_id: string | null;
  readonly last_id: string | null;
};

const LIMIT_DEFAULT = 20;
const GEMINI_PAGE_DEFAULT = 50;
const LIMIT_MAX = 1_000;
const UNKNOWN_DATE = '1970-01-01T00:00:00Z';

/** Every model that can be asked for by a name that the configuration knows. */
export function listedModels(table: RouteTable, mockModels: readonly string[]): readonly ListedModel[] {
  const models = new Map<string, ListedModel>();
  const add = (id: string, displayName = id) => {
    if (models.has(id)) return;
    const resolution = resolveModel(table, id, () => true);
    if (resolution.found) models.set(id, listedModel(id, displayName, resolution.route.provider.name));
  };
  for (const { pattern, provider } of table.routes) {
    if (!pattern.includes('*')) add(pattern);
    for (const model of provider.models) {
      add(model.id, model.display_name);
      for (const alias of model.aliases) add(alias, model.display_name);
    }
    if (provider.name === MOCK_PROVIDER) for (const model of mockModels) add(model);
  }
  return [...models.values()];
}

function listedModel(id: string, displayName: string, provider: string): ListedModel {
  return {
    type: 'model',
    object: 'model',
    id,
    display_name: displayName,
    created_at: UNKNOWN_DATE,
    created: 0,
    owned_by: provider,
  };
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
    object: 'list',
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

/** As the Gemini API has it: https://ai.google.dev/api/models */
export type GeminiModel = {
  readonly name: string;
  readonly displayName: string;
  readonly supportedGenerationMethods: readonly string[];
};

export function geminiModel(model: ListedModel): GeminiModel {
  return {
    name: `models/${model.id}`,
    displayName: model.display_name,
    supportedGenerationMethods: ['generateContent', 'countTokens'],
  };
}

/** One page by `pageSize` and `pageToken`, which is the name of the first model that is not on the page before. */
export function geminiModelPage(
  models: readonly ListedModel[],
  query: Exchange['query'],
): { readonly models: readonly GeminiModel[]; readonly nextPageToken?: string } {
  const asked = Number(query.get('pageSize') ?? GEMINI_PAGE_DEFAULT);
  const size = Number.isInteger(asked) && asked > 0 ? Math.min(asked, LIMIT_MAX) : GEMINI_PAGE_DEFAULT;
  const start = Math.max(
    0,
    models.findIndex((model) => model.id === query.get('pageToken')),
  );
  const next = models[start + size];
  return {
    models: models.slice(start, start + size).map(geminiModel),
    ...(next === undefined ? {} : { nextPageToken: next.id }),
  };
}
