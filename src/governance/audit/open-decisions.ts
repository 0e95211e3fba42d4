/**
 * Allowed decisions whose outcome is still to come. After a crash each of them is closed as `unknown`, because the
 * effect may or may not have happened; while one is open its segment stays, so that a restart can find it.
 */
import { isJsonObject, type JsonObject, numberMember, stringMember } from '#foundation/json';
import type { OutcomeRecord } from './record.ts';

export type OpenDecision = {
  readonly id: string;
  readonly seq: number;
  readonly record: JsonObject;
};

/** Beyond this age a missing outcome is a fault of its surface and holds no segment back any more. */
export const OPEN_MS_MAX = 24 * 3_600_000;

/** Kinds of call that have an effect of ours; a hook's effect happens in the client and is never reported back here. */
const EFFECT_KINDS: ReadonlySet<unknown> = new Set(['model_request', 'tool_call']);

export class OpenDecisions {
  readonly #open = new Map<string, OpenDecision>();

  /** Notes one record, in the order of the log. */
  note(record: JsonObject, id: string, seq: number): void {
    if (record.kind === 'decision') {
      if (record.decision === 'allow' && EFFECT_KINDS.has(record.call_kind)) this.#open.set(id, { id, seq, record });
    } else if (record.kind === 'outcome' && typeof record.decision_id === 'string') {
      this.#open.delete(record.decision_id);
    }
  }

  list(): readonly OpenDecision[] {
    return [...this.#open.values()];
  }

  count(): number {
    return this.#open.size;
  }

  /** The number of the oldest decision that is still waited for, or undefined. Forgets those beyond `OPEN_MS_MAX`. */
  oldestSeq(nowMs: number): number | undefined {
    // A Map keeps the order of insertion, which is the order of the log.
    for (const [id, { seq, record }] of this.#open) {
      if (nowMs - (numberMember(record, 'at_ms') ?? 0) <= OPEN_MS_MAX) return seq;
      this.#open.delete(id);
    }
    return undefined;
  }
}

/** The outcome of a decision whose process died. */
export function crashOutcome(open: OpenDecision, nowMs: number): OutcomeRecord {
  const { record } = open;
  const rules = isJsonObject(record.evaluated_rules) ? record.evaluated_rules : {};
  const text = (key: string): string => stringMember(record, key) ?? '';
  return {
    kind: 'outcome',
    at_ms: nowMs,
    user_id: text('user_id'),
    session_id: text('session_id'),
    task_id: text('task_id'),
    trace_id: text('trace_id'),
    context_id: text('context_id'),
    client_id: text('client_id'),
    decision_id: open.id,
    request_id: stringMember(rules, 'request_id') ?? '',
    tenant_id: stringMember(rules.principal, 'tenant_id') ?? '',
    status: 'unknown',
    error: 'crash',
    latency_ms: 0,
    effect: null,
  };
}
