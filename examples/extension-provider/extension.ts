/**
 * A provider that no table of ours knows: it speaks OpenAI's chat completions, at an address that names the deployment
 * of each model, and wants to be told the size of every body.
 */
import { createHash } from 'node:crypto';
// Only types: Node.js strips them, so this file runs as it is, wherever it lies.
import type { Extension, OutgoingRequest, RequestPurpose } from 'systemprompt/extension';

/** `/v1/chat/completions` becomes `/deployments/<model>/chat/completions`. */
function addressedByDeployment(request: OutgoingRequest, { model }: RequestPurpose): OutgoingRequest {
  const operation = request.path.replace(/^\/v\d+\//, '');
  const body = request.body ?? Buffer.alloc(0);
  return {
    ...request,
    path: `/deployments/${encodeURIComponent(model)}/${operation}`,
    headers: { ...request.headers, 'x-body-sha256': createHash('sha256').update(body).digest('hex') },
  };
}

export const extension: Extension = {
  name: 'acme-models',
  providers: [
    {
      name: 'acme',
      wire: 'openai-chat',
      endpoint: process.env.ACME_ENDPOINT ?? 'https://models.acme.example/v1',
      api_key_secret: 'acme_api_key',
      models: [{ id: 'acme-large', pricing: { input_per_million: 2, output_per_million: 8 } }],
      prepare: addressedByDeployment,
    },
  ],
  secretRules: [
    {
      id: 'acme-api-key',
      vendor: 'acme',
      keywords: ['acme_live_'],
      pattern: /acme_live_([A-Za-z0-9]{24})(?![A-Za-z0-9])/,
      tier: 'deny',
      positives: ['acme_live_q7Zp2Lm9Xc4Vb8Nt1Rk6Wd3H'],
      negatives: ['acme_live_short', 'acme_test_q7Zp2Lm9Xc4Vb8Nt1Rk6Wd3H'],
    },
  ],
  checks: [
    {
      id: 'acme_project_names',
      appliesTo: ['tool_call', 'hook', 'prompt', 'model_request'],
      judge(call) {
        const named = call.content.find(({ value }) => JSON.stringify(value).includes('PROJECT-NIGHTFALL'));
        if (named === undefined) return { result: 'pass', detail: 'names no project under embargo' };
        return {
          result: 'deny',
          rule: 'embargo',
          detail: 'names a project under embargo',
          reason: 'acme_project_names: this project is under embargo; take its name out and send it again',
        };
      },
    },
  ],
};
