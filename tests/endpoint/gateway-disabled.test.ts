import { describe, expect, it } from 'vitest';
import { startTestApp } from '#tests/support/app';
import { proves } from '#tests/support/proves';

proves('gateway.off-by-profile');

describe('a profile that disables the gateway', () => {
  it('serves nothing below /v1 and everything else', async () => {
    const app = await startTestApp({ profile: { gateway: { enabled: false } } });
    try {
      const authorization = `Bearer ${await app.token('models')}`;
      const message = { method: 'POST', headers: { authorization }, body: '{"model":"claude-sonnet-5-5"}' };
      for (const path of ['/v1/messages', '/v1/messages/count_tokens']) {
        expect((await fetch(`${app.baseUrl}${path}`, message)).status).toBe(404);
      }
      expect((await fetch(`${app.baseUrl}/v1/models`, { headers: { authorization } })).status).toBe(404);
      expect((await fetch(`${app.baseUrl}/health`)).status).toBe(200);
    } finally {
      await app.dispose();
    }
  });
});
