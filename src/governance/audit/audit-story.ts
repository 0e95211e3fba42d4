/**
 * From any id to the whole story: what was asked, how each check judged, what then happened, and what it cost.
 */
import { OperatingError } from '#foundation/errors';
import type {
  DecisionRow,
  MessageRow,
  ModelRequestRow,
  OutcomeRow,
  PayloadRow,
  RequestedToolCallRow,
  ToolExecutionRow,
  UsageEventRow,
} from './audit-rows.ts';
import type { AuditStore, FoundId } from './audit-store.ts';

/** One decision and everything that followed from it. */
export type StoryStep = {
  readonly decision: DecisionRow;
  /** Null while the effect runs, and for a decision without an effect of ours. */
  readonly outcome: OutcomeRow | null;
  readonly model_request: StoryModelRequest | null;
  readonly tool_execution: ToolExecutionRow | null;
};

export type StoryModelRequest = ModelRequestRow & {
  readonly messages: readonly MessageRow[];
  readonly tool_calls: readonly RequestedToolCallRow[];
  readonly payload: PayloadRow | null;
};

export type AuditStory = {
  /** What the given text was found to name. */
  readonly found: FoundId;
  /** Oldest first; with the decisions about the tools that a model request asked for, whatever their own ids. */
  readonly steps: readonly StoryStep[];
  readonly usage_events: readonly UsageEventRow[];
  readonly totals: StoryTotals;
};

export type StoryTotals = {
  readonly decisions: number;
  readonly denied: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_microdollars: number;
};

const CANDIDATES_SHOWN = 5;

/**
 * `text` is an id of a request, decision, outcome, task or trace, or a beginning that only one id has. Throws
 * `not_found` when none has it and `conflict` when several have.
 */
export async function findStory(store: AuditStore, text: string): Promise<AuditStory> {
  const found = await findOneId(store, text);
  const own = await store.decisionsOf(found);
  const ownRequests = await store.modelRequestsOf(idsOf(own));
  const asked = await store.toolCallsOf(idsOf(ownRequests));
  const toolUseIds = [...new Set([...asked.map((call) => call.tool_use_id), ...own.flatMap(toolUseOf)])];
  const related = await store.decisionsOfToolUses(toolUseIds, own);
  const decisions = inOrder([...own, ...related]);
  const steps = await loadSteps(store, decisions);
  const usageEvents = await store.usageEventsOf(decisions, toolUseIds);
  return { found, steps, usage_events: usageEvents, totals: totalsOf(steps) };
}

async function findOneId(store: AuditStore, text: string): Promise<FoundId> {
  const candidates = text === '' ? [] : await store.findIds(text, CANDIDATES_SHOWN + 1);
  const exact = candidates.find((candidate) => candidate.value === text);
  const [first] = candidates;
  if (first === undefined) {
    throw new OperatingError(
      'not_found',
      'audit_id_not_found',
      `no audited request, decision, task or trace has the id ${text}`,
      {
        where: text,
        remedy: 'list recent ones with `systemprompt infra logs request list` or `systemprompt infra logs trace list`',
      },
    );
  }
  if (exact !== undefined) return exact;
  const values = [...new Set(candidates.map((candidate) => candidate.value))];
  if (values.length === 1) return first;
  const shown = values.slice(0, CANDIDATES_SHOWN).join(', ');
  throw new OperatingError('conflict', 'audit_id_ambiguous', `several ids begin with ${text}: ${shown}`, {
    where: text,
    remedy: 'give more characters of the id',
  });
}

async function loadSteps(store: AuditStore, decisions: readonly DecisionRow[]): Promise<readonly StoryStep[]> {
  const ids = idsOf(decisions);
  const [outcomes, requests, executions] = await Promise.all([
    store.outcomesOf(ids),
    store.modelRequestsOf(ids),
    store.toolExecutionsOf(ids),
  ]);
  const requestIds = idsOf(requests);
  const [messages, toolCalls, payloads] = await Promise.all([
    store.messagesOf(requestIds),
    store.toolCallsOf(requestIds),
    store.payloadsOf(requestIds),
  ]);
  return decisions.map((decision) => {
    const request = requests.find((row) => row.decision_id === decision.id);
    const isOfRequest = (row: { readonly ai_request_id: string }): boolean => row.ai_request_id === request?.id;
    return {
      decision,
      outcome: outcomes.find((row) => row.decision_id === decision.id) ?? null,
      model_request:
        request === undefined
          ? null
          : {
              ...request,
              messages: messages.filter(isOfRequest),
              tool_calls: toolCalls.filter(isOfRequest),
              payload: payloads.find(isOfRequest) ?? null,
            },
      tool_execution: executions.find((row) => row.decision_id === decision.id) ?? null,
    };
  });
}

function totalsOf(steps: readonly StoryStep[]): StoryTotals {
  const sum = (value: (step: StoryStep) => number | null | undefined): number =>
    steps.reduce((total, step) => total + (value(step) ?? 0), 0);
  return {
    decisions: steps.length,
    denied: steps.filter((step) => step.decision.decision === 'deny').length,
    input_tokens: sum((step) => step.model_request?.input_tokens),
    output_tokens: sum((step) => step.model_request?.output_tokens),
    cost_microdollars: sum((step) => step.model_request?.cost_microdollars),
  };
}

function inOrder(decisions: readonly DecisionRow[]): readonly DecisionRow[] {
  const distinct = [...new Map(decisions.map((decision) => [decision.id, decision])).values()];
  return distinct.sort(
    (left, right) => left.created_at.getTime() - right.created_at.getTime() || (left.id < right.id ? -1 : 1),
  );
}

function toolUseOf(decision: DecisionRow): readonly string[] {
  const id = decision.evaluated_rules.tool_use_id;
  return id === null ? [] : [id];
}

function idsOf(rows: readonly { readonly id: string }[]): readonly string[] {
  return rows.map((row) => row.id);
}
