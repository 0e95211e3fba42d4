import { globMatches } from '#foundation/text';
import type { Role } from '#governance/identity/role';
import type { Call } from '../call.ts';
import { type Check, PAUSE_MICROS_MAX } from '../check.ts';
import type { Verdict } from '../decision.ts';
import { effectiveScope } from '../effective-scope.ts';
import type { ScopeCheckConfig } from './scope-config.ts';

/**
 * May this role use this tool? The role is the lesser of the principal's and the agent's. `config` is read at each
 * call, so a reload decides the next one.
 */
export function createScopeCheck(config: () => ScopeCheckConfig): Check {
  return {
    id: 'scope_check',
    appliesTo: ['model_request', 'tool_call', 'hook', 'prompt', 'agent_task'],
    budgetMicros: PAUSE_MICROS_MAX,
    judge: (call) => judgeScope(call, config()),
  };
}

function judgeScope(call: Call, config: ScopeCheckConfig): Verdict {
  if (!config.enabled) return { result: 'pass', detail: 'disabled by configuration' };
  const scope = effectiveScope(call.principal.role, call.agent?.scope ?? null);
  if (call.kind !== 'tool_call' && call.kind !== 'hook') return passes(scope);
  const names = toolNames(call);
  const prefix = config.admin_only_prefixes.find((candidate) => names.some((name) => startsWith(name, candidate)));
  if (prefix !== undefined && scope !== 'admin') return denies(call, scope, prefix, ['admin']);
  const rule = config.tools.find(({ match }) => names.some((name) => globMatches(match.toLowerCase(), name)));
  if (rule !== undefined && !rule.roles.includes(scope)) return denies(call, scope, rule.match, rule.roles);
  return passes(scope);
}

/**
 * The names a rule may mean, in lower case: what the caller wrote, and the full MCP name where the server is known. A
 * tool named in another case is the same tool to many servers, so it is the same tool here.
 */
function toolNames(call: Call): readonly string[] {
  const written = call.toolName.toLowerCase();
  if (call.server === null || written.startsWith('mcp__')) return [written];
  return [written, `mcp__${call.server.toLowerCase()}__${written}`];
}

function startsWith(name: string, prefix: string): boolean {
  return name.startsWith(prefix.toLowerCase());
}

function passes(scope: Role): Verdict {
  return { result: 'pass', detail: `effective scope ${scope}` };
}

function denies(call: Call, scope: Role, rule: string, roles: readonly Role[]): Verdict {
  const wanted = roles.length === 0 ? 'no role' : `scope ${roles.join(' or ')}`;
  return {
    result: 'deny',
    rule,
    detail: `${call.toolName} is for ${wanted}; the effective scope is ${scope}`,
    reason: `${call.toolName} is open to ${wanted} and this call has scope ${scope}; ${remedy(call, scope, roles)}`,
  };
}

function remedy(call: Call, scope: Role, roles: readonly Role[]): string {
  if (roles.length === 0) return 'an administrator opens it in scope_check.tools of services/governance/config.yaml';
  const narrowed = call.agent !== null && scope !== call.principal.role && roles.includes(call.principal.role);
  if (narrowed) return `call it without the agent ${call.agent?.id ?? ''}, whose declared scope is ${scope}`;
  return `ask an administrator to run it or to raise your role`;
}
