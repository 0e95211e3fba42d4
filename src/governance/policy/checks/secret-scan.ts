import { globMatches } from '#foundation/text';
import type { Call } from '#governance/policy/call';
import { type Check, PAUSE_MICROS_MAX } from '#governance/policy/check';
import type { Decision, Redaction, Verdict } from '#governance/policy/decision';
import type { SecretAction, SecretScanConfig } from '#governance/secret-scan/config';
import { scanMsMax } from '#governance/secret-scan/scan-budget';
import { KNOWN_VALUE_RULE, SCAN_BUDGET_RULE, type SecretMatch } from '#governance/secret-scan/secret-match';
import type { SecretScanner } from '#governance/secret-scan/secret-scanner';

const NOTHING_FOUND = 'no secret found';

/** Denies, asks, redacts or flags a call that carries a credential, as the configuration says for its tool. */
export function createSecretScanCheck(deps: { scanner: SecretScanner; config: SecretScanConfig }): Check {
  const { scanner, config } = deps;
  return {
    id: 'secret_scan',
    appliesTo: ['tool_call', 'hook', 'prompt', 'model_request', 'result', 'agent_task'],
    // The scan ends by its own budget; this one only catches a scan that did not.
    budgetMicros: scanMsMax(config.budgets) * 2_000 + PAUSE_MICROS_MAX,
    judge(call) {
      if (!config.enabled) return { result: 'pass', detail: 'switched off by the configuration' };
      return judge(call, scanner, config);
    },
  };
}

/** Whether this check has looked through the call and found nothing; false as well where it was switched off. */
export function foundNoSecret({ findings }: Decision): boolean {
  return findings.some(({ check, detail }) => check === 'secret_scan' && detail === NOTHING_FOUND);
}

type Consequence = { readonly match: SecretMatch; readonly action: SecretAction };

function judge(call: Call, scanner: SecretScanner, config: SecretScanConfig): Verdict {
  const { content, history } = scanner.scanCall(call);
  const actions = actionsFor(call.toolName, config);
  const consequences = content.map((match): Consequence => ({ match, action: actionOf(match, actions) }));
  for (const match of history) {
    // What was judged when it was new poisons no conversation, unless the configuration wants it so.
    consequences.push({ match, action: config.history === 'block' ? actionOf(match, actions) : 'flag' });
  }
  if (consequences.length === 0) return { result: 'pass', detail: NOTHING_FOUND };
  return verdictOf(consequences, call);
}

function actionsFor(toolName: string, config: SecretScanConfig): { structured: SecretAction; review: SecretAction } {
  const tool = config.tools.find(({ match }) => globMatches(match, toolName));
  return { structured: tool?.action ?? 'deny', review: tool?.review_action ?? config.review_action };
}

function actionOf(match: SecretMatch, actions: { structured: SecretAction; review: SecretAction }): SecretAction {
  if (match.rule === SCAN_BUDGET_RULE) return 'deny';
  const action = match.tier === 'deny' ? actions.structured : actions.review;
  // A value of our own store is never let through as it is, and a key cannot be replaced.
  if (match.rule === KNOWN_VALUE_RULE && action === 'flag') return 'deny';
  return action === 'redact' && !match.redactable ? 'deny' : action;
}

function verdictOf(consequences: readonly Consequence[], call: Call): Verdict {
  const of = (action: SecretAction) => consequences.filter((consequence) => consequence.action === action);
  const detail = detailOf(consequences);
  for (const result of ['deny', 'ask'] as const) {
    const first = of(result)[0]?.match;
    if (first !== undefined) return { result, detail, reason: reasonOf(first, call), ...placeOf(first) };
  }
  const redacted = of('redact');
  const first = redacted[0]?.match;
  if (first !== undefined) {
    return { result: 'redact', detail, ...placeOf(first), redactions: redacted.map(({ match }) => redactionOf(match)) };
  }
  const flagged = consequences[0]?.match;
  return { result: 'flag', detail, ...(flagged === undefined ? {} : placeOf(flagged)) };
}

function placeOf(match: SecretMatch): { rule: string; path?: string } {
  return match.shownPath === '' ? { rule: match.rule } : { rule: match.rule, path: match.shownPath };
}

function redactionOf(match: SecretMatch): Redaction {
  return { path: match.path, span: match.span, label: match.rule };
}

function reasonOf(match: SecretMatch, call: Call): string {
  if (match.rule === SCAN_BUDGET_RULE) {
    return 'secret_scan could not finish within its budget (scan-budget); send less, or less deeply encoded, content in one call';
  }
  const where = match.shownPath === '' ? `the content of ${call.toolName}` : match.shownPath;
  return (
    `secret_scan found ${match.rule} in ${where}; remove the credential and refer to a stored secret by name ` +
    '(systemprompt admin config secret set NAME)'
  );
}

const DETAILS_MAX = 5;

/** For the record: rules, places and fingerprints, so that two records about one secret can be told to be so. */
function detailOf(consequences: readonly Consequence[]): string {
  const shown = consequences.slice(0, DETAILS_MAX).map(({ match, action }) => {
    const name = match.secretName === undefined ? '' : ` (${match.secretName})`;
    const fingerprint = match.fingerprint === '' ? '' : ` #${match.fingerprint}`;
    return `${action} ${match.rule}${name} in ${match.shownPath === '' ? 'the content' : match.shownPath}${fingerprint}`;
  });
  const more = consequences.length - shown.length;
  return `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
