/**
 * One call as a person reads it, in the order in which it happened: who -> what -> each rule -> the decision -> where
 * it went -> what came of it -> what it cost.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';
import { formatMicrodollars } from '#foundation/money';
import type { CallStory } from './call-story-store.ts';
import { printable } from './printable.ts';
import type { Paint, Style } from './terminal.ts';

export type StoryStyle = {
  readonly paint: Paint;
  /** With the contents: messages, arguments, results, bodies. */
  readonly isFull: boolean;
};

export function renderStory(story: CallStory, style: StoryStyle): string {
  const { call } = story;
  const sections = [
    headline(call, style),
    who(story),
    ids(call),
    rules(call, style),
    verdict(call, style),
    modelRequest(story),
    toolCall(call),
    events(story),
    outcome(call),
    ...(style.isFull ? contents(story) : []),
  ];
  return sections.flat().join('\n');
}

const MARKS: Readonly<Record<string, readonly [Style, string]>> = {
  allow: ['green', '✓ ALLOW'],
  deny: ['red', '✗ DENY'],
  ask: ['yellow', '? ASK'],
};

function headline(call: JsonObject, { paint }: StoryStyle): readonly string[] {
  const [style, mark] = MARKS[word(call.decision)] ?? ['dim', word(call.decision)];
  return [
    `${paint(style, mark)}  ${word(call.call_kind)}  ${paint('bold', word(call.tool_name))}`,
    row('time', word(call.created_at)),
  ];
}

function who({ call, email }: CallStory): readonly string[] {
  const principal = objectAt(rulesOf(call), 'principal');
  const credential = `${word(principal.credential_kind)} ${word(principal.credential_id)}`;
  const agent = call.agent_id === null ? '' : `  through agent ${word(call.agent_id)}`;
  return [
    row('who', `${email ?? word(call.user_id)} (${word(call.user_id)})${agent}`),
    row('proved by', credential),
    row(
      'scope',
      joined([
        `role ${word(call.role)}`,
        `effective ${word(call.agent_scope)}`,
        labelled('department', call.department),
        labelled('tenant', call.tenant_id),
      ]),
    ),
    ...optional('plugin', call.plugin_id),
  ];
}

function ids(call: JsonObject): readonly string[] {
  const named = ['request_id', 'session_id', 'task_id', 'trace_id', 'context_id', 'client_id', 'tool_use_id'];
  return [row('decision', word(call.id)), ...named.flatMap((name) => optional(name.replace(/_id$/, ''), call[name]))];
}

const RESULT_MARKS: Readonly<Record<string, readonly [Style, string]>> = {
  pass: ['green', '✓'],
  flag: ['yellow', '!'],
  redact: ['yellow', '~'],
  ask: ['yellow', '?'],
  deny: ['red', '✗'],
};

function rules(call: JsonObject, { paint }: StoryStyle): readonly string[] {
  const { findings } = rulesOf(call);
  const found = Array.isArray(findings) ? findings.filter(isJsonObject) : [];
  return [
    'rules',
    ...found.map((finding) => {
      const [style, mark] = RESULT_MARKS[word(finding.result)] ?? ['dim', '·'];
      const place = joined([word(finding.rule ?? null), finding.path === undefined ? '' : `at ${word(finding.path)}`]);
      const time = `${word(finding.durationMicros)} µs`.padStart(10);
      const text = joined([word(finding.result).padEnd(8), place, word(finding.detail)]);
      return `  ${paint(style, mark)} ${word(finding.check).padEnd(16)}${time}  ${text}`;
    }),
  ];
}

function verdict(call: JsonObject, { paint }: StoryStyle): readonly string[] {
  const [style] = MARKS[word(call.decision)] ?? ['dim'];
  const by = `${paint(style, word(call.decision))} by ${word(call.policy)}`;
  return [row('decided', by), ...optional('reason', call.reason === '' ? null : call.reason)];
}

function modelRequest({ call, toolCalls }: CallStory): readonly string[] {
  if (call.provider === null || call.provider === undefined) return [];
  const served =
    call.served_model === null || call.served_model === call.requested_model ? '' : ` -> ${word(call.served_model)}`;
  const tokens = ['input', 'output', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'reasoning'].flatMap((name) => {
    const count = call[`${name}_tokens`];
    return typeof count === 'number' ? [`${count} ${name.replaceAll('_', ' ')}`] : [];
  });
  return [
    row('model', `${word(call.requested_model)}${served}`),
    row(
      'upstream',
      joined([
        word(call.provider),
        `route ${word(call.route)}`,
        `HTTP ${word(call.http_status)}`,
        call.is_streaming === true ? 'streamed' : '',
      ]),
    ),
    row('tokens', tokens.length === 0 ? 'not reported' : tokens.join(', ')),
    row('cost', costOf(call)),
    ...toolCalls.map((use) => row('tool use', `${word(use.tool_name)} (${word(use.tool_use_id)})`)),
  ];
}

function costOf(call: JsonObject): string {
  if (typeof call.cost_microdollars !== 'number') return 'no price is known for this model';
  return joined([formatMicrodollars(call.cost_microdollars), labelled('price from', call.price_source)]);
}

function toolCall(call: JsonObject): readonly string[] {
  const server = optional('server', call.server);
  if (call.tool_is_error === null || call.tool_is_error === undefined) return server;
  return [...server, row('answer', call.tool_is_error === true ? 'the tool says that it failed' : 'a result')];
}

function events({ events }: CallStory): readonly string[] {
  return events.map((event) => row('reported', `${word(event.hook_event_name)} at ${word(event.created_at)}`));
}

function outcome(call: JsonObject): readonly string[] {
  const times = [milliseconds(call.latency_ms, 'in all'), milliseconds(call.ttft_ms, 'to the first token')];
  return [row('result', joined([word(call.result), ...times])), ...optional('error', call.error)];
}

/** What was said, whole. Known secrets were replaced before it was recorded. */
function contents({ call, messages, toolCalls, payload, events }: CallStory): readonly string[] {
  return [
    ...messages.map((message) => block(`message ${word(message.sequence)} (${word(message.role)})`, message.content)),
    ...toolCalls.map((use) => block(`input of ${word(use.tool_name)} (${word(use.tool_use_id)})`, use.input)),
    ...(present(call.tool_input) ? [block('tool input', call.tool_input)] : []),
    ...(present(call.tool_output) ? [block('tool output', call.tool_output)] : []),
    ...(payload === null
      ? []
      : [block('request body', payload.request_text), block('response body', payload.response_text)]),
    ...events.map((event) => block(`reported by ${word(event.hook_event_name)}`, event.payload)),
  ];
}

function block(title: string, value: JsonValue | undefined): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null, undefined, 2);
  const lines = printable(text).split('\n');
  return ['', `${title}:`, ...lines.map((line) => `  ${line}`)].join('\n');
}

const LABEL_CHARACTERS = 11;

function row(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_CHARACTERS)}${text}`;
}

function optional(label: string, value: JsonValue | undefined): readonly string[] {
  return present(value) ? [row(label, word(value))] : [];
}

function present(value: JsonValue | undefined): boolean {
  return value !== null && value !== undefined;
}

function labelled(label: string, value: JsonValue | undefined): string {
  return present(value) ? `${label} ${word(value)}` : '';
}

function milliseconds(value: JsonValue | undefined, what: string): string {
  return typeof value === 'number' ? `${Math.round(value * 10) / 10} ms ${what}` : '';
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part.trim() !== '').join(' · ');
}

function word(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return '';
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}

function rulesOf(call: JsonObject): JsonObject {
  return isJsonObject(call.evaluated_rules) ? call.evaluated_rules : {};
}

function objectAt(value: JsonObject, key: string): JsonObject {
  const member = value[key];
  return isJsonObject(member) ? member : {};
}
