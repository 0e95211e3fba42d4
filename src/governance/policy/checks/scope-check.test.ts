import { describe, expect, it } from 'vitest';
import { ROLES, type Role } from '#governance/identity/role';
import { callOf } from '#tests/support/call';
import { proves } from '#tests/support/proves';
import { agentNamed } from '../agent-scope.ts';
import { createScopeCheck } from './scope-check.ts';
import { scopeCheckConfigSchema } from './scope-config.ts';

proves('scope.six-tiers');

const configured = (tools: { match: string; roles: Role[] }[] = []) => {
  const config = scopeCheckConfigSchema.parse({ tools });
  return createScopeCheck(() => config);
};

/** Who passes on an admin-only tool: rows are the principal's role, columns the agent's scope, `-` no agent. */
const ADMIN_ONLY_TABLE = `
            -     admin  user   service a2a   mcp   anonymous
admin       pass  pass   deny   deny    deny  deny  deny
user        deny  deny   deny   deny    deny  deny  deny
service     deny  deny   deny   deny    deny  deny  deny
a2a         deny  deny   deny   deny    deny  deny  deny
mcp         deny  deny   deny   deny    deny  deny  deny
anonymous   deny  deny   deny   deny    deny  deny  deny
`;

/** The same for a tool of `roles: [user, service]`. */
const USER_AND_SERVICE_TABLE = `
            -     admin  user   service a2a   mcp   anonymous
admin       deny  deny   pass   pass    deny  deny  deny
user        pass  pass   pass   pass    deny  deny  deny
service     pass  pass   pass   pass    deny  deny  deny
a2a         deny  deny   deny   deny    deny  deny  deny
mcp         deny  deny   deny   deny    deny  deny  deny
anonymous   deny  deny   deny   deny    deny  deny  deny
`;

function cells(table: string): readonly { role: Role; agent: Role | null; expected: string }[] {
  const [head = '', ...rows] = table.trim().split('\n');
  const agents = head.trim().split(/\s+/);
  return rows.flatMap((row) => {
    const [role, ...results] = row.trim().split(/\s+/);
    return results.map((expected, column) => ({
      role: roleOf(role),
      agent: agents[column] === '-' ? null : roleOf(agents[column]),
      expected,
    }));
  });
}

function roleOf(text: string | undefined): Role {
  const role = ROLES.find((candidate) => candidate === text);
  if (role === undefined) throw new Error(`no role ${text}`);
  return role;
}

describe('scope check', () => {
  it.each(cells(ADMIN_ONLY_TABLE))('answers $expected for $role through agent $agent on an admin tool', (cell) => {
    const agent = cell.agent === null ? null : { id: 'agent-1', scope: cell.agent };
    const verdict = configured().judge(callOf({ role: cell.role, agent, toolName: 'mcp__systemprompt__list_agents' }));
    expect(verdict.result).toBe(cell.expected);
  });

  it.each(cells(USER_AND_SERVICE_TABLE))(
    'answers $expected for $role through agent $agent on a listed tool',
    (cell) => {
      const agent = cell.agent === null ? null : { id: 'agent-1', scope: cell.agent };
      const check = configured([{ match: 'mcp__files__*', roles: ['user', 'service'] }]);
      expect(check.judge(callOf({ role: cell.role, agent, toolName: 'mcp__files__read' })).result).toBe(cell.expected);
    },
  );

  it('names the prefix as the rule and says what to do', () => {
    const verdict = configured().judge(callOf({ toolName: 'mcp__systemprompt__list_agents' }));
    expect(verdict).toMatchObject({ result: 'deny', rule: 'mcp__systemprompt__' });
    expect(verdict).toHaveProperty('reason', expect.stringContaining('ask an administrator'));
  });

  it('tells an administrator whose agent narrowed the scope to call without that agent', () => {
    const agent = { id: 'associate_agent', scope: 'user' } as const;
    const verdict = configured().judge(callOf({ role: 'admin', agent, toolName: 'mcp__systemprompt__x' }));
    expect(verdict).toHaveProperty('reason', expect.stringContaining('without the agent associate_agent'));
  });

  it('is not fooled by another case or by a bare name behind a known server', () => {
    expect(configured().judge(callOf({ toolName: 'MCP__SystemPrompt__list' })).result).toBe('deny');
    expect(configured().judge(callOf({ toolName: 'list', server: 'systemprompt' })).result).toBe('deny');
    expect(configured().judge(callOf({ toolName: 'list', server: 'files' })).result).toBe('pass');
  });

  it('lets the first matching entry of tools decide and an empty list mean nobody', () => {
    const check = configured([
      { match: 'read_*', roles: ['user'] },
      { match: '*', roles: [] },
    ]);
    expect(check.judge(callOf({ toolName: 'read_file' })).result).toBe('pass');
    expect(check.judge(callOf({ toolName: 'write_file', role: 'admin' })).result).toBe('deny');
  });

  it('does not take a model for a tool', () => {
    const check = configured([{ match: '*', roles: [] }]);
    expect(check.judge(callOf({ kind: 'model_request', toolName: 'claude-opus' })).result).toBe('pass');
  });

  it('passes everything when it is disabled, and the next call after a reload is judged again', () => {
    let config = scopeCheckConfigSchema.parse({ enabled: false });
    const check = createScopeCheck(() => config);
    const call = callOf({ toolName: 'mcp__systemprompt__list_agents' });
    expect(check.judge(call).result).toBe('pass');
    config = scopeCheckConfigSchema.parse({});
    expect(check.judge(call).result).toBe('deny');
  });

  it('never gives an agent that is named in a body and declared nowhere a scope of its own', () => {
    const declared = new Map<string, Role>([['associate_agent', 'user']]);
    expect(agentNamed('associate_agent', declared)).toEqual({ id: 'associate_agent', scope: 'user' });
    expect(agentNamed('invented', declared)).toEqual({ id: 'invented', scope: null });
    expect(agentNamed('', declared)).toBeNull();
  });
});
