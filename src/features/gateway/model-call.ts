import type { Exchange } from '#foundation/http/exchange';
import type { Correlation } from '#governance/identity/correlation';
import type { Principal } from '#governance/identity/principal';
import type { Call, ModelUse } from '#governance/policy/call';
import { judgedContent, type ModelRequest } from './model-request.ts';

/** Who asks: proved by the credential, never by the request's own words. */
export type Caller = { readonly principal: Principal; readonly correlation: Correlation };

/** A model request as the pipeline judges it. */
export function modelCall(request: ModelRequest, exchange: Exchange, caller: Caller, model: ModelUse | null): Call {
  return {
    kind: 'model_request',
    principal: caller.principal,
    correlation: caller.correlation,
    toolName: request.outline.model,
    server: null,
    pluginId: null,
    agent: agentOf(exchange),
    toolUseId: null,
    ...judgedContent(request),
    model,
  };
}

/** The agent that Claude Code names; a label in the record, which can raise nobody's scope. */
function agentOf(exchange: Exchange): Call['agent'] {
  const id = exchange.headers['x-claude-code-agent-id'];
  return typeof id === 'string' && /^[\w.:@-]{1,128}$/.test(id) ? { id, scope: null } : null;
}
