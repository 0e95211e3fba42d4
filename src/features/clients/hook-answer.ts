import type { JsonObject } from '#foundation/json';
import type { Decision } from '#governance/policy/decision';

type Verdict = Pick<Decision, 'outcome' | 'reason'>;

/** What a hook's client reads; shapes from code.claude.com/docs/en/hooks, section "JSON output". */
export type HookAnswer = JsonObject;

/** `updatedInput` is the tool input with what must not go on replaced, when something was. */
export function hookAnswer(eventName: string, decision: Verdict, updatedInput: JsonObject | undefined): HookAnswer {
  const specific = {
    hookEventName: eventName,
    permissionDecision: decision.outcome,
    ...(decision.outcome === 'allow' ? {} : { permissionDecisionReason: decision.reason }),
    ...(updatedInput === undefined || eventName !== 'PreToolUse' ? {} : { updatedInput }),
  };
  return eventName === 'PermissionRequest'
    ? { hookSpecificOutput: { ...specific, ...permissionBehavior(decision) } }
    : { ...topLevelBlock(eventName, decision), hookSpecificOutput: specific };
}

/** Prompts and results are stopped by a member at the top, not by a permission. */
function topLevelBlock(eventName: string, decision: Verdict): JsonObject {
  const blockable = eventName.startsWith('UserPrompt') || eventName.startsWith('PostTool');
  return blockable && decision.outcome !== 'allow' ? { decision: 'block', reason: decision.reason } : {};
}

/** A permission request that is neither allowed nor denied stays the person's own to answer. */
function permissionBehavior(decision: Verdict): JsonObject {
  if (decision.outcome === 'ask') return {};
  return {
    decision:
      decision.outcome === 'allow'
        ? { behavior: 'allow' }
        : { behavior: 'deny', message: decision.reason, interrupt: false },
  };
}

/** For what never became a decision: an unreadable body, a journal that cannot be written. Hooks fail closed. */
export function hookRefusal(eventName: string, reason: string): HookAnswer {
  return hookAnswer(eventName, { outcome: 'deny', reason }, undefined);
}
