import type { JsonValue } from '#foundation/json';
import type { Correlation } from '../identity/correlation.ts';
import type { Principal } from '../identity/principal.ts';
import type { Role } from '../identity/role.ts';

export const CALL_KINDS = ['model_request', 'tool_call', 'hook', 'prompt', 'result', 'agent_task', 'admin'] as const;

export type CallKind = (typeof CALL_KINDS)[number];

/** One piece of what a call carries, at its place in the caller's body. */
export type ContentPart = {
  readonly path: readonly (string | number)[];
  readonly value: JsonValue;
};

/** What a model request is about to use, estimated before anybody is asked. */
export type ModelUse = {
  readonly route: string;
  readonly provider: string;
  /** The name that is asked for upstream. */
  readonly upstreamModel: string;
  readonly inputTokens: number;
  /** The most that the answer may have; null when neither the request nor the model says. */
  readonly outputTokensMax: number | null;
  /** What that would cost at most; null for a model without a price. */
  readonly costNanodollarsMax: bigint | null;
};

/** What is about to happen, as the pipeline judges it. */
export type Call = {
  readonly kind: CallKind;
  readonly principal: Principal;
  readonly correlation: Correlation;
  /** The tool, or the model, or `user_prompt`. Full MCP names have the form `mcp__<server>__<tool>`. */
  readonly toolName: string;
  /** The MCP server, where the call goes to one. */
  readonly server: string | null;
  readonly pluginId: string | null;
  /** The agent that speaks for the principal; it can lower the scope and never raise it. */
  readonly agent: { readonly id: string; readonly scope: Role | null } | null;
  /** The model's own id of the tool use, where it is known. */
  readonly toolUseId: string | null;
  /** What is new in this call and therefore judged. */
  readonly content: readonly ContentPart[];
  /** Earlier turns of a conversation: judged when they were new, and again only as the configuration says. */
  readonly history: readonly ContentPart[];
  /** Of a model request whose answer is paid for; null for all other calls. */
  readonly model: ModelUse | null;
};
