import type { Clock } from '#foundation/time';
import type { Call } from './call.ts';
import type { Check } from './check.ts';
import type { CheckId, Decision, Finding, Redaction, Verdict } from './decision.ts';

export type Pipeline = {
  /** Judges by every check in order; the first deny decides, what follows is recorded as skipped. */
  decide(call: Call): Decision;
};

/** `checks` is read at each call, so that a reloaded configuration decides the very next one. */
export function createPipeline(checks: () => readonly Check[], clock: Clock): Pipeline {
  return { decide: (call) => decide(call, checks(), clock) };
}

function decide(call: Call, checks: readonly Check[], clock: Clock): Decision {
  const findings: Finding[] = [authenticationFinding(call)];
  const redactions: Redaction[] = [];
  let asked: { check: CheckId; reason: string } | undefined;
  let denied: { check: CheckId; reason: string; retryAfterMs: number | null } | undefined;
  for (const check of checks) {
    if (!check.appliesTo.includes(call.kind)) continue;
    if (denied !== undefined) {
      findings.push({
        check: check.id,
        result: 'skipped',
        detail: `after the deny of ${denied.check}`,
        durationMicros: 0,
      });
      continue;
    }
    const { verdict, durationMicros } = judgeWithinBudget(check, call, clock);
    findings.push(findingOf(check.id, verdict, durationMicros));
    if (verdict.result === 'redact') redactions.push(...verdict.redactions);
    if (verdict.result === 'ask') asked ??= { check: check.id, reason: verdict.reason };
    if (verdict.result === 'deny') {
      denied = { check: check.id, reason: verdict.reason, retryAfterMs: verdict.retryAfterMs ?? null };
    }
  }
  if (denied !== undefined) {
    const { check, reason, retryAfterMs } = denied;
    return { outcome: 'deny', policy: check, reason, findings, redactions: [], retryAfterMs };
  }
  if (asked !== undefined) {
    return { outcome: 'ask', policy: asked.check, reason: asked.reason, findings, redactions, retryAfterMs: null };
  }
  return { outcome: 'allow', policy: 'pipeline', reason: '', findings, redactions, retryAfterMs: null };
}

/** Authentication happened before there was a call to judge; it is the first finding all the same. */
function authenticationFinding(call: Call): Finding {
  const { credential, role } = call.principal;
  return {
    check: 'authentication',
    result: 'pass',
    detail: `${credential.kind} ${credential.id} as ${role}`,
    durationMicros: 0,
  };
}

function judgeWithinBudget(check: Check, call: Call, clock: Clock): { verdict: Verdict; durationMicros: number } {
  const startedMs = clock.monotonicMs();
  let verdict = judgeSafely(check, call);
  const durationMicros = Math.round((clock.monotonicMs() - startedMs) * 1_000);
  if (durationMicros > check.budgetMicros && verdict.result !== 'deny') {
    verdict = {
      result: 'deny',
      rule: 'check-budget',
      detail: `took ${durationMicros} µs of its budget of ${check.budgetMicros} µs`,
      reason: `${check.id} did not finish within its time budget; try again, and send less in one call if it stays so`,
    };
  }
  return { verdict, durationMicros };
}

function judgeSafely(check: Check, call: Call): Verdict {
  try {
    return check.judge(call);
  } catch (error) {
    return {
      result: 'deny',
      rule: 'check-failed',
      // The message may quote what was judged, so only the kind of error is written down.
      detail: `the check failed with ${error instanceof Error ? error.name : 'a thrown value'}`,
      reason: `${check.id} could not judge this call, so it is denied; the operator finds the cause in the log`,
    };
  }
}

function findingOf(check: CheckId, verdict: Verdict, durationMicros: number): Finding {
  const base = { check, result: verdict.result, detail: verdict.detail, durationMicros };
  if (verdict.result === 'pass') return base;
  return {
    ...base,
    ...(verdict.rule === undefined ? {} : { rule: verdict.rule }),
    ...(verdict.path === undefined ? {} : { path: verdict.path }),
  };
}
