import type { Principal } from '#governance/identity/principal';
import type { RouteConditionConfig } from './config.ts';
import { type Conversation, EFFORTS } from './conversation/conversation.ts';
import { effortOfBudget } from './conversation/reasoning-effort.ts';
import { estimateTokens } from './estimate-tokens.ts';
import type { ModelRequest } from './model-request.ts';

export type RouteCaller = Pick<Principal, 'role' | 'department' | 'tenantId'>;

/** Tells whether a condition holds of a request. The request is read only for conditions that look into it. */
export function routeCondition(
  request: ModelRequest,
  caller: RouteCaller,
): (condition: RouteConditionConfig) => boolean {
  let read: Conversation | undefined;
  const conversation = () => {
    read ??= request.door.dialect.readRequest(request.body, request.address);
    return read;
  };
  return (condition) => isCallerMeant(condition, caller) && isRequestMeant(condition, request, conversation);
}

function isCallerMeant({ roles, departments, tenants }: RouteConditionConfig, caller: RouteCaller): boolean {
  if (roles !== undefined && !roles.includes(caller.role)) return false;
  if (departments !== undefined && !departments.includes(caller.department ?? '')) return false;
  return tenants === undefined || tenants.includes(caller.tenantId);
}

function isRequestMeant(
  condition: RouteConditionConfig,
  request: ModelRequest,
  conversation: () => Conversation,
): boolean {
  const { stream, min_input_tokens, requires_tools, min_tools, thinking, min_reasoning_effort, response_format } =
    condition;
  if (stream !== undefined && stream !== request.outline.isStreaming) return false;
  if (min_input_tokens !== undefined && estimateTokens(request) < min_input_tokens) return false;
  if (requires_tools !== undefined && requires_tools !== conversation().tools.length > 0) return false;
  if (min_tools !== undefined && conversation().tools.length < min_tools) return false;
  if (thinking !== undefined && thinking !== isThinking(conversation())) return false;
  if (min_reasoning_effort !== undefined && effortPlace(conversation()) < EFFORTS.indexOf(min_reasoning_effort)) {
    return false;
  }
  return response_format === undefined || response_format === formatOf(conversation());
}

function isThinking({ reasoning }: Conversation): boolean {
  return reasoning !== null && reasoning.value.mode !== 'off' && reasoning.value.effort !== 'none';
}

function effortPlace(conversation: Conversation): number {
  const { reasoning } = conversation;
  if (reasoning === null || !isThinking(conversation)) return -1;
  const { effort, budgetTokens } = reasoning.value;
  if (effort !== null) return EFFORTS.indexOf(effort);
  return EFFORTS.indexOf(budgetTokens === null ? 'medium' : effortOfBudget(budgetTokens));
}

function formatOf({ outputFormat }: Conversation): 'text' | 'json_object' | 'json_schema' {
  if (outputFormat === null) return 'text';
  return outputFormat.value.type === 'json' ? 'json_object' : 'json_schema';
}
