import { expect, it } from 'vitest';
import { startHeldUpstream } from '../support/held-upstream.ts';
import { openStream } from '../support/open-stream.ts';
import { startTestServer } from '../support/server.ts';

const STREAMS = 600;

it(`holds ${STREAMS} streams to one provider at once, and brings each to its end`, async () => {
  const upstream = await startHeldUpstream();
  const server = await startTestServer({
    profile: `gateway:
  enabled: true
  routes: [{ model_pattern: "*", provider: anthropic, endpoint: "${upstream.endpoint}", allow_unpriced: true }]
`,
  });
  try {
    const token = await server.adminToken();
    const streams = await Promise.all(
      Array.from({ length: STREAMS }, async () => {
        const stream = await openStream(`${server.baseUrl}/v1/messages`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({
            model: 'claude-held',
            max_tokens: 100,
            stream: true,
            messages: [{ role: 'user', content: 'go' }],
          }),
        });
        await stream.until('the beginning');
        return stream;
      }),
    );
    expect(upstream.arrived).toBe(STREAMS);
    upstream.release();
    const texts = await Promise.all(streams.map((stream) => stream.rest()));
    expect(texts.filter((text) => text.includes('message_stop'))).toHaveLength(STREAMS);
    expect(await server.cliJson(['infra', 'audit', 'verify'])).toMatchObject({ ok: true });
  } finally {
    await server.dispose();
    await upstream.close();
  }
});
