/** What `ai_requests.details` says of a model request, in lines for people. */
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';

export type DetailLine = readonly [label: string, text: string];

export function requestDetails(details: JsonValue): readonly DetailLine[] {
  if (!isJsonObject(details)) return [];
  return [
    ...dialects(details),
    ...attempts(details).map((attempt): DetailLine => ['tried', attempt]),
    ...cache(details),
    ...attribution(details),
  ];
}

/** Each place of the client's body that did not reach the upstream as it was. */
export function conversionPlaces(details: JsonValue): readonly string[] {
  const { dropped, changed } = lossesIn(details);
  return [...dropped.map((place) => `dropped ${place}`), ...changed.map((place) => `changed ${place}`)];
}

function dialects(details: JsonObject): readonly DetailLine[] {
  const client = stringMember(details, 'client_dialect');
  const upstream = stringMember(details, 'upstream_dialect');
  if (client === undefined) return [];
  const operation = stringMember(details, 'operation') ?? 'generate';
  if (upstream === undefined || upstream === client) return [['dialect', `${client} · ${operation}`]];
  return [['dialect', `${client} -> ${upstream} · ${operation} · ${conversion(details)}`]];
}

function conversion(details: JsonObject): string {
  const { dropped, changed } = lossesIn(details);
  if (dropped.length === 0 && changed.length === 0) return 'nothing lost';
  return `${dropped.length} dropped, ${changed.length} changed`;
}

function lossesIn(details: JsonValue) {
  const report = isJsonObject(details) ? details.conversion : undefined;
  const places = (name: string) => (isJsonObject(report) ? stringsIn(report[name]) : []);
  return { dropped: places('dropped'), changed: places('changed') };
}

/** Upstreams before the one that answered. */
function attempts({ failed_attempts: failed }: JsonObject): readonly string[] {
  if (!Array.isArray(failed)) return [];
  return failed.filter(isJsonObject).map((attempt) => {
    const status = typeof attempt.status === 'number' ? `HTTP ${attempt.status}` : 'no answer';
    const asked = [stringMember(attempt, 'provider') ?? '', stringMember(attempt, 'model') ?? ''].join(' ');
    return `${asked} · ${status} · ${stringMember(attempt, 'error') ?? ''}`;
  });
}

function cache({ cache: use }: JsonObject): readonly DetailLine[] {
  if (!isJsonObject(use)) return [];
  if (use.result !== 'hit') return [['cache', 'asked, and had nothing']];
  return [['cache', `answered as request ${stringMember(use, 'of_request') ?? ''} was, ${Number(use.age_s)} s before`]];
}

const LABELS = [
  ['claude_session_id', 'in session'],
  ['agent_id', 'agent'],
  ['parent_agent_id', 'started by'],
  ['end_user', 'end user'],
  ['service_tier', 'tier'],
] as const;

function attribution(details: JsonObject): readonly DetailLine[] {
  return LABELS.flatMap(([member, label]): readonly DetailLine[] => {
    const value = stringMember(details, member);
    return value === undefined ? [] : [[label, value]];
  });
}

function stringsIn(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}
