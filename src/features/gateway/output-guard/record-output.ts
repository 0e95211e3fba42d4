import type { JsonValue } from '#foundation/json';
import type { Governor } from '#governance/governor';
import type { Call } from '#governance/policy/call';
import type { Decision, Finding } from '#governance/policy/decision';
import { blockedSentence, type Intervention, type OutputActions } from './output-action.ts';

const OUTPUT_GUARD = 'output_guard';

/** Looks at what the client has got for what is only written down. */
export function flagOutput(actions: OutputActions, blocks: readonly JsonValue[]): void {
  if (!actions.isLooking || blocks.length === 0) return;
  const families = new Set([...actions.flagging, ...actions.acting]);
  for (const match of actions.scanner.scan(blocks, families)) {
    if (actions.actionOf(match) !== 'none') actions.note(match, 'flag', ['content']);
  }
}

/** A decision about the answer, beside the one about the request; none for an answer in which nothing was found. */
export async function recordOutput(
  actions: OutputActions,
  call: Call,
  requestId: string,
  governor: Pick<Governor, 'recordRefusal'>,
): Promise<void> {
  const { interventions } = actions;
  if (interventions.length === 0) return;
  await governor.recordRefusal({ ...call, kind: 'result', content: [], history: [] }, decisionOf(actions), requestId);
}

function decisionOf({ interventions, blockedBy }: OutputActions): Decision {
  const findings = interventions.map(findingOf);
  const common = { policy: OUTPUT_GUARD, findings, redactions: [], retryAfterMs: null };
  if (blockedBy === undefined) return { ...common, outcome: 'allow', reason: '' };
  return { ...common, outcome: 'deny', reason: blockedSentence(blockedBy) };
}

const RESULTS = { flag: 'flag', redact: 'redact', block: 'deny' } as const;

function findingOf({ rule, action, path }: Intervention): Finding {
  const where = path === '' ? 'the answer' : path;
  return {
    check: OUTPUT_GUARD,
    result: RESULTS[action],
    detail: `${action} ${rule} in ${where}`,
    rule,
    ...(path === '' ? {} : { path }),
    durationMicros: 0,
  };
}
