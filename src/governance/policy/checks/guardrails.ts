import type { GuardAction, GuardrailsConfig } from '#governance/guardrails/config';
import { type ContentGuard, guardActionOf } from '#governance/guardrails/content-guard';
import type { GuardMatch } from '#governance/guardrails/guard-match';
import { GUARD_BUDGET_RULE } from '#governance/guardrails/rule-catalogue';
import type { Call } from '#governance/policy/call';
import { type Check, PAUSE_MICROS_MAX } from '#governance/policy/check';
import type { Verdict } from '#governance/policy/decision';
import { scanMsMax } from '#governance/secret-scan/scan-budget';

const DETAILS_MAX = 5;

/** Denies, asks, redacts or flags a call with hidden text, a leaking address, a canary or personal data. */
export function createGuardrailsCheck(deps: { guard: ContentGuard; config: GuardrailsConfig }): Check {
  const { guard, config } = deps;
  return {
    id: 'guardrails',
    appliesTo: ['tool_call', 'hook', 'prompt', 'model_request', 'result', 'agent_task'],
    // The scan ends by its own budget; this one only catches a scan that did not.
    budgetMicros: scanMsMax(config.budgets) * 2_000 + PAUSE_MICROS_MAX,
    judge(call) {
      if (!config.enabled) return { result: 'pass', detail: 'switched off by the configuration' };
      return judge(call, guard, config);
    },
  };
}

type Consequence = { readonly match: GuardMatch; readonly action: Exclude<GuardAction, 'off'> };

function judge(call: Call, guard: ContentGuard, config: GuardrailsConfig): Verdict {
  const consequences = guard.scan(call.content).flatMap((match) => consequenceOf(match, config));
  if (config.history !== 'off') {
    for (const match of guard.scan(call.history)) {
      // What was judged when it was new poisons no conversation, unless the configuration wants it so.
      consequences.push(
        ...(config.history === 'block' ? consequenceOf(match, config) : [{ match, action: 'flag' } as const]),
      );
    }
  }
  if (consequences.length === 0) return { result: 'pass', detail: 'nothing hidden, leaking or planted found' };
  return verdictOf(consequences, call);
}

function consequenceOf(match: GuardMatch, config: GuardrailsConfig): readonly Consequence[] {
  if (match.family === 'budget') return [{ match, action: 'deny' }];
  const action = guardActionOf(config, match.rule, match.family);
  if (action === 'off') return [];
  // A key cannot be replaced without changing what the call means.
  return [{ match, action: action === 'redact' && !match.redactable ? 'deny' : action }];
}

function verdictOf(consequences: readonly Consequence[], call: Call): Verdict {
  const detail = detailOf(consequences);
  for (const result of ['deny', 'ask'] as const) {
    const first = consequences.find(({ action }) => action === result)?.match;
    if (first !== undefined) return { result, detail, reason: reasonOf(first, call), ...placeOf(first) };
  }
  const redacted = consequences.filter(({ action }) => action === 'redact').map(({ match }) => match);
  const [first] = redacted;
  if (first !== undefined) {
    const redactions = redacted.map(({ path, span, rule }) => ({ path, span, label: rule }));
    return { result: 'redact', detail, ...placeOf(first), redactions };
  }
  const flagged = consequences[0]?.match;
  return { result: 'flag', detail, ...(flagged === undefined ? {} : placeOf(flagged)) };
}

function placeOf(match: GuardMatch): { rule: string; path?: string } {
  return match.shownPath === '' ? { rule: match.rule } : { rule: match.rule, path: match.shownPath };
}

function reasonOf(match: GuardMatch, call: Call): string {
  if (match.rule === GUARD_BUDGET_RULE) {
    return 'guardrails could not finish within its budget (scan-budget); send less content in one call';
  }
  const where = match.shownPath === '' ? `the content of ${call.toolName}` : match.shownPath;
  const remedy = match.family === 'budget' ? '' : REMEDIES[match.family];
  return `guardrails found ${match.rule} in ${where}; ${remedy}`;
}

const REMEDIES = {
  smuggling: 'take the invisible characters out and send it again',
  exfiltration: 'take the address out, or have the operator add its host to allowed_hosts',
  canaries: 'do not use what was read there, and tell the operator',
  personal_data: 'take the personal data out and send it again',
} as const;

/** For the record: rules and places, never what was found. */
function detailOf(consequences: readonly Consequence[]): string {
  const shown = consequences.slice(0, DETAILS_MAX).map(({ match, action }) => {
    const name = match.canary === undefined ? '' : ` (${match.canary})`;
    return `${action} ${match.rule}${name} in ${match.shownPath === '' ? 'the content' : match.shownPath}`;
  });
  const more = consequences.length - shown.length;
  return `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
