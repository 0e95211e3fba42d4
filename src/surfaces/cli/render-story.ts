/**
 * One decision as a person reads it, in the order in which it happened: who -> what -> each rule -> the decision ->
 * where it went -> what came of it -> what it cost.
 */
import type { JsonValue } from '#foundation/json';
import { formatMicrodollars } from '#foundation/money';
import type { DecisionRow, UsageEventRow } from '#governance/audit/audit-rows';
import type { StoryModelRequest, StoryStep } from '#governance/audit/audit-story';
import type { Finding } from '#governance/policy/decision';
import { printable } from './printable.ts';
import { conversionPlaces, requestDetails } from './request-details.ts';
import type { Paint, Style } from './terminal.ts';

export type StoryStyle = {
  readonly paint: Paint;
  /** With the contents: messages, arguments, results, bodies. */
  readonly isFull: boolean;
  /** The e-mail address of a user id, where there is one. */
  readonly emailOf: (userId: string) => string | undefined;
};

export function renderStep(step: StoryStep, style: StoryStyle): string {
  const { decision, model_request: request } = step;
  return [
    ...headline(decision, style),
    ...who(decision, style),
    ...ids(decision),
    ...rules(decision, style),
    ...verdict(decision, style),
    ...(request === null ? [] : modelRequest(request)),
    ...toolCall(step),
    ...outcome(step),
    ...(style.isFull ? contents(step) : []),
  ].join('\n');
}

/** What a client reported about the calls of a story, one line each, or whole. */
export function renderEvents(events: readonly UsageEventRow[], isFull: boolean): readonly string[] {
  return events.map((event) => {
    const line = `reported  ${event.created_at.toISOString()}  ${event.hook_event_name}  ${event.tool_name ?? ''}`;
    return isFull ? block(printable(line.trim()), event.payload).trimStart() : printable(line.trim());
  });
}

const DECISION_MARKS: Readonly<Record<DecisionRow['decision'], readonly [Style, string]>> = {
  allow: ['green', '✓ allow'],
  deny: ['red', '✗ deny'],
  ask: ['yellow', '? ask'],
};

function headline(decision: DecisionRow, { paint }: StoryStyle): readonly string[] {
  const [style, mark] = DECISION_MARKS[decision.decision];
  const what = `${paint(style, mark)}  ${decision.call_kind}  ${paint('bold', printable(decision.tool_name))}`;
  return [what, row('time', decision.created_at.toISOString())];
}

function who(decision: DecisionRow, { emailOf }: StoryStyle): readonly string[] {
  const { principal } = decision.evaluated_rules;
  const agent = decision.agent_id === null ? '' : `through the agent ${decision.agent_id}`;
  const email = emailOf(decision.user_id);
  const user = email === undefined ? decision.user_id : `${email} (${decision.user_id})`;
  const scope = [
    `role ${principal.role}`,
    `effective ${decision.agent_scope}`,
    labelled('department', principal.department),
    `tenant ${principal.tenant_id}`,
  ];
  return [
    row('who', joined([user, agent])),
    row('proved by', `${principal.credential_kind} ${principal.credential_id}`),
    row('scope', joined(scope)),
    ...optional('plugin', decision.plugin_id),
  ];
}

function ids(decision: DecisionRow): readonly string[] {
  const { request_id, tool_use_id } = decision.evaluated_rules;
  return [
    row('decision', decision.id),
    row('request', request_id),
    row('session', decision.session_id),
    row('task', decision.task_id),
    row('trace', decision.trace_id),
    row('context', decision.context_id),
    row('client', decision.client_id),
    ...optional('tool use', tool_use_id),
  ];
}

const FINDING_MARKS: Readonly<Record<Finding['result'], readonly [Style, string]>> = {
  pass: ['green', '✓'],
  flag: ['yellow', '!'],
  redact: ['yellow', '~'],
  ask: ['yellow', '?'],
  deny: ['red', '✗'],
  skipped: ['dim', '·'],
  disabled: ['dim', '·'],
};

function rules(decision: DecisionRow, { paint }: StoryStyle): readonly string[] {
  const lines = decision.evaluated_rules.findings.map((finding) => {
    const [style, mark] = FINDING_MARKS[finding.result];
    const time = `${finding.durationMicros} µs`.padStart(10);
    const place = finding.path === undefined ? '' : `at ${finding.path}`;
    const text = printable(joined([finding.result, finding.rule ?? '', place, finding.detail]));
    return `    ${paint(style, mark)} ${finding.check.padEnd(16)}${time}  ${text}`;
  });
  return ['  rules', ...lines];
}

function verdict(decision: DecisionRow, { paint }: StoryStyle): readonly string[] {
  const [style] = DECISION_MARKS[decision.decision];
  const by = `${paint(style, decision.decision)} by ${decision.policy}`;
  return [row('decided', by), ...optional('reason', decision.reason === '' ? null : decision.reason)];
}

function modelRequest(request: StoryModelRequest): readonly string[] {
  const isOther = request.served_model !== null && request.served_model !== request.requested_model;
  const upstream = [
    request.provider,
    `route ${request.route}`,
    `HTTP ${request.http_status}`,
    request.is_streaming ? 'streamed' : '',
    labelled('its id', request.upstream_request_id),
  ];
  return [
    row('model', isOther ? `${request.requested_model} -> ${request.served_model}` : request.requested_model),
    row('upstream', joined(upstream)),
    ...requestDetails(request.details).map(([label, text]) => row(label, printable(text))),
    row('tokens', tokensOf(request)),
    row('cost', costOf(request)),
    ...request.tool_calls.map((use) => row('asks for', `${use.tool_name} (${use.tool_use_id})`)),
    ...optional('stopped', request.stop_reason),
  ];
}

function tokensOf(request: StoryModelRequest): string {
  const counts = [
    [request.input_tokens, 'in'],
    [request.output_tokens, 'out'],
    [request.cache_read_tokens, 'read from cache'],
    [request.cache_write_5m_tokens, 'written to cache for 5 minutes'],
    [request.cache_write_1h_tokens, 'written to cache for an hour'],
    [request.reasoning_tokens, 'reasoning'],
  ] as const;
  const reported = counts.flatMap(([count, name]) => (count === null || count === 0 ? [] : [`${count} ${name}`]));
  return reported.length === 0 ? 'not reported' : reported.join(', ');
}

function costOf({ cost_microdollars, price_source }: StoryModelRequest): string {
  if (cost_microdollars === null) return 'no price is known for this model';
  return joined([formatMicrodollars(cost_microdollars), labelled('priced by', price_source)]);
}

function toolCall({ decision, tool_execution: execution }: StoryStep): readonly string[] {
  if (execution === null) return optional('server', decision.evaluated_rules.server);
  const child = execution.child_pid === null ? '' : `child ${execution.child_pid}`;
  const bytes = `${execution.input_bytes} bytes in, ${execution.output_bytes} bytes out`;
  return [
    row('server', joined([execution.server, execution.transport, child])),
    row('call', joined([execution.method, execution.tool_name, bytes])),
    row('answer', execution.is_error ? 'the tool says that it failed' : 'a result'),
  ];
}

function outcome({ decision, outcome: ended, model_request: request }: StoryStep): readonly string[] {
  if (ended === null) return decision.decision === 'allow' ? [] : [row('effect', 'none: nothing was started')];
  const times = [
    milliseconds(ended.latency_ms, 'in all'),
    milliseconds(request?.ttft_ms ?? null, 'to the first token'),
  ];
  return [row('result', joined([ended.status, ...times])), ...optional('error', ended.error)];
}

/** What was said, whole. Secrets were replaced before it was recorded. */
function contents({ model_request: request, tool_execution: execution }: StoryStep): readonly string[] {
  const payload = request?.payload ?? null;
  const places = conversionPlaces(request?.details ?? null);
  return [
    ...(places.length === 0 ? [] : [block('conversion', places.join('\n'))]),
    ...(request?.messages ?? []).map((message) =>
      block(`message ${message.sequence} (${message.role})`, message.content),
    ),
    ...(request?.tool_calls ?? []).map((use) => block(`input of ${use.tool_name} (${use.tool_use_id})`, use.input)),
    ...(execution === null ? [] : [block('tool input', execution.input), block('tool output', execution.output)]),
    ...(payload === null
      ? []
      : [block('request body', payload.request_text), block('response body', payload.response_text)]),
  ];
}

function block(title: string, value: JsonValue): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
  const lines = printable(text).split('\n');
  return ['', `  ${printable(title)}:`, ...lines.map((line) => `    ${line}`)].join('\n');
}

const LABEL_CHARACTERS = 11;

/** What is in `text` may come from outside, so it is made printable; `paint` is applied to our own words only. */
function row(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_CHARACTERS)}${text}`;
}

function optional(label: string, value: string | null): readonly string[] {
  return value === null ? [] : [row(label, printable(value))];
}

function labelled(label: string, value: string | null): string {
  return value === null ? '' : `${label} ${value}`;
}

function milliseconds(value: number | null, what: string): string {
  return value === null ? '' : `${Math.round(value * 10) / 10} ms ${what}`;
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' · ');
}
