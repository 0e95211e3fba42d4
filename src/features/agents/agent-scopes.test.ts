import { expect, test } from 'vitest';
import { agentScopes } from './agent-scopes.ts';
import { agentsConfigSchema } from './config.ts';

test('the scope of an agent is the highest role among its scopes, whether or not it is enabled', () => {
  const agents = agentsConfigSchema.parse({
    developer_agent: { oauth: { scopes: ['user', 'admin'] } },
    associate_agent: { enabled: false, oauth: { scopes: ['user'] } },
    plain: {},
    odd: { oauth: { scopes: ['read:files'] } },
  });
  expect(Object.fromEntries(agentScopes(agents))).toEqual({
    developer_agent: 'admin',
    associate_agent: 'user',
    plain: 'user',
  });
});

test("the original's agent shape parses whole", () => {
  const parsed = agentsConfigSchema.safeParse({
    triage: {
      name: 'triage',
      port: 9110,
      endpoint: '/api/v1/agents/triage',
      enabled: true,
      dev_only: false,
      is_primary: true,
      default: true,
      tags: ['support'],
      card: {
        protocolVersion: '0.3.0',
        displayName: 'Triage',
        description: 'Sorts tickets',
        version: '1.0.0',
        preferredTransport: 'JSONRPC',
        capabilities: { streaming: true, pushNotifications: false, stateTransitionHistory: false },
        defaultInputModes: ['text/plain'],
        defaultOutputModes: ['text/plain'],
        security: [{ oauth2: ['user'] }],
      },
      metadata: {
        systemPrompt: 'You sort tickets.',
        mcpServers: { source: 'explicit', include: ['files'], exclude: [] },
        skills: { source: 'instance', include: [], exclude: ['wire_money'] },
      },
      oauth: { required: true, scopes: ['user'], audience: 'a2a' },
    },
  });
  expect(parsed.error).toBeUndefined();
});
