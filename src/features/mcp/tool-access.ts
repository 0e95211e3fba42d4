import { globMatches } from '#foundation/text';
import type { Decision, Finding } from '#governance/policy/decision';
import type { McpServerConfig } from './config.ts';

type ToolLists = McpServerConfig['tools'];

/** Whether the configuration lets the tool exist for callers; a deny wins. */
export function toolExists(tools: ToolLists, name: string): boolean {
  if (tools.deny.some((pattern) => globMatches(pattern, name))) return false;
  return tools.allow.some((pattern) => globMatches(pattern, name));
}

/** The refusal of a tool that the configuration leaves out. */
export function toolRefusal(server: string, tools: ToolLists, name: string): Decision {
  const denied = tools.deny.find((pattern) => globMatches(pattern, name));
  const rule = denied === undefined ? 'tools.allow' : `tools.deny ${denied}`;
  return refusal('access_control', {
    rule,
    detail: denied === undefined ? 'no pattern of tools.allow matches' : 'a pattern of tools.deny matches',
    reason: `the tool is not offered by the MCP server ${server}; an administrator can change tools.allow and tools.deny in its configuration`,
  });
}

/** A deny that this feature itself decides, in the shape that the pipeline gives its own. */
export function refusal(policy: string, spoken: { rule: string; detail: string; reason: string }): Decision {
  const finding: Finding = {
    check: policy,
    result: 'deny',
    detail: spoken.detail,
    rule: spoken.rule,
    durationMicros: 0,
  };
  return {
    outcome: 'deny',
    policy,
    reason: spoken.reason,
    findings: [finding],
    redactions: [],
    retryAfterMs: null,
  };
}
