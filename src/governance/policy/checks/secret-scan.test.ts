import { describe, expect, it } from 'vitest';
import type { Call } from '#governance/policy/call';
import type { Verdict } from '#governance/policy/decision';
import { type SecretScanConfig, secretScanConfigSchema } from '#governance/secret-scan/config';
import { applyRedactions } from '#governance/secret-scan/redact';
import { sample } from '#governance/secret-scan/sample';
import { createTestScanner, createTestSecrets } from '#governance/secret-scan/testing/test-scanner';
import { createSecretScanCheck } from './secret-scan.ts';

const AWS_KEY = 'AKIA' + 'IOSFODNN7EXAMPLE';
const GENERIC = `password = "${sample('alnum', 14)}!x"`;
const STORED = 'an-internal-passphrase-of-ours';

function judge(
  call: Partial<Pick<Call, 'toolName' | 'content' | 'history'>>,
  config: Partial<SecretScanConfig> = {},
): Verdict {
  const parsed = secretScanConfigSchema.parse(config);
  const scanner = createTestScanner(parsed, createTestSecrets({ internal: STORED }));
  const full = { kind: 'tool_call', toolName: 'Bash', content: [], history: [], ...call };
  return createSecretScanCheck({ scanner, config: parsed }).judge(Object.assign(Object.create(null), full));
}

const toolInput = (value: Call['content'][number]['value']) => [{ path: ['tool_input'], value }];

describe('the secret scan', () => {
  it('applies to every kind of call that carries content', () => {
    const config = secretScanConfigSchema.parse({});
    const check = createSecretScanCheck({ scanner: createTestScanner(), config });
    expect(check.id).toBe('secret_scan');
    expect([...check.appliesTo].sort()).toEqual([
      'agent_task',
      'hook',
      'model_request',
      'prompt',
      'result',
      'tool_call',
    ]);
  });

  it('passes a call without a secret', () => {
    expect(judge({ content: toolInput({ command: 'npm test', timeout: 120_000 }) })).toEqual({
      result: 'pass',
      detail: 'no secret found',
    });
  });

  it('denies one with a secret, and says which, where, and what to do', () => {
    const verdict = judge({ content: toolInput({ command: `curl -H "X-Key: ${AWS_KEY}"` }) });
    expect(verdict).toMatchObject({
      result: 'deny',
      rule: 'aws-access-key',
      path: 'tool_input.command',
      reason:
        'secret_scan found aws-access-key in tool_input.command; remove the credential and refer to a stored secret by name (systemprompt admin config secret set NAME)',
    });
    expect(JSON.stringify(verdict)).not.toContain(AWS_KEY);
  });

  it('denies a value of the store even where secrets are only flagged', () => {
    const config = { tools: [{ match: '*', action: 'flag' as const }] };
    expect(judge({ content: toolInput({ text: `it is ${STORED}` }) }, config)).toMatchObject({
      result: 'deny',
      rule: 'known-value',
    });
  });

  it('tells nothing of the value for any kind of secret and action', () => {
    const secrets = [AWS_KEY, `ghp_${sample('alnum', 36)}`, STORED, `${sample('alnum', 14)}!x`];
    for (const action of ['deny', 'ask', 'redact', 'flag'] as const) {
      for (const secret of secrets) {
        const content = toolInput({
          a: secret,
          [secret]: [secret],
          password: secret,
          b: Buffer.from(secret).toString('base64'),
        });
        const verdict = judge({ content }, { tools: [{ match: '*', action }], review_action: action });
        expect(verdict.result).not.toBe('pass');
        expect(JSON.stringify(verdict)).not.toContain(secret);
      }
    }
  });
});

describe('the actions', () => {
  const content = toolInput({ command: `use ${AWS_KEY} now` });

  it.each(['deny', 'ask', 'redact', 'flag'] as const)('%s as the tool says', (action) => {
    expect(judge({ content }, { tools: [{ match: 'Ba*', action }] }).result).toBe(action);
    expect(judge({ content, toolName: 'Write' }, { tools: [{ match: 'Ba*', action }] }).result).toBe('deny');
  });

  it('take the first entry that matches', () => {
    const tools = [
      { match: 'mcp__files__*', action: 'flag' as const },
      { match: 'mcp__*', action: 'redact' as const },
    ];
    expect(judge({ content, toolName: 'mcp__files__read' }, { tools }).result).toBe('flag');
    expect(judge({ content, toolName: 'mcp__web__get' }, { tools }).result).toBe('redact');
  });

  it('flag a generic finding unless told otherwise', () => {
    const generic = toolInput({ text: GENERIC });
    expect(judge({ content: generic })).toMatchObject({ result: 'flag', rule: 'generic-assignment' });
    expect(judge({ content: generic }, { review_action: 'deny' }).result).toBe('deny');
    const tools = [{ match: 'Bash', action: 'deny' as const, review_action: 'ask' as const }];
    expect(judge({ content: generic }, { tools }).result).toBe('ask');
  });

  it('let the gravest finding decide', () => {
    const both = toolInput({ text: GENERIC, command: AWS_KEY });
    expect(judge({ content: both })).toMatchObject({
      result: 'deny',
      rule: 'aws-access-key',
      path: 'tool_input.command',
    });
  });

  it('redact exactly the secret, at its place in the body', () => {
    const verdict = judge({ content }, { tools: [{ match: '*', action: 'redact' }] });
    const redactions = verdict.result === 'redact' ? verdict.redactions : [];
    expect(applyRedactions({ tool_input: { command: `use ${AWS_KEY} now` } }, redactions)).toEqual({
      tool_input: { command: 'use [redacted:aws-access-key] now' },
    });
  });

  it('deny instead of redacting what stands in a key', () => {
    const inKey = toolInput({ [AWS_KEY]: 'x' });
    expect(judge({ content: inKey }, { tools: [{ match: '*', action: 'redact' }] }).result).toBe('deny');
  });

  it('deny what could not be scanned within the budget, whatever the tool', () => {
    const config = secretScanConfigSchema.parse({
      tools: [{ match: '*', action: 'flag' }],
      budgets: { content_chars_max: 1_024 },
    });
    const verdict = judge({ content: toolInput('word '.repeat(2_000)) }, config);
    expect(verdict).toMatchObject({ result: 'deny', rule: 'scan-budget' });
  });

  it('do nothing when the policy is switched off', () => {
    expect(judge({ content }, { enabled: false }).result).toBe('pass');
  });
});

describe('earlier turns', () => {
  const history = [{ path: ['messages', 0, 'content'], value: AWS_KEY }];

  it('are flagged', () => {
    expect(judge({ history })).toMatchObject({ result: 'flag', rule: 'aws-access-key', path: 'messages[0].content' });
  });

  it('are not scanned when the configuration says so', () => {
    expect(judge({ history }, { history: 'off' }).result).toBe('pass');
  });

  it('count like new turns when the configuration says so', () => {
    expect(judge({ history }, { history: 'block' }).result).toBe('deny');
  });

  it('never deny for their size', () => {
    const long = [{ path: ['messages', 0, 'content'], value: 'word '.repeat(2_000) }];
    const config = secretScanConfigSchema.parse({ budgets: { content_chars_max: 1_024 } });
    expect(judge({ history: long }, config)).toMatchObject({ result: 'flag', rule: 'scan-budget' });
  });
});
