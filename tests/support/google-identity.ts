/** The token endpoint of a Google of our own: it verifies what it is given, and counts. */
import { createServer } from 'node:http';
import { exportPKCS8, generateKeyPair, jwtVerify } from 'jose';
import { listen } from './gateway-harness.ts';

export type GoogleIdentity = {
  readonly origin: string;
  /** The JSON of a key file whose tokens this endpoint gives. */
  readonly keyFile: string;
  /** The assertions' claims, and the requests of metadata as their headers. */
  readonly asked: object[];
  /** Answers instead while it is set. */
  refusal: { readonly status: number; readonly text: string } | undefined;
  expiresInSeconds: number;
  close(): Promise<void>;
};

/** Tokens are `ya29.1`, `ya29.2` and so on. */
export async function startGoogleIdentity(nowMs: () => number = Date.now): Promise<GoogleIdentity> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const asked: object[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.url?.startsWith('/computeMetadata/') === true) {
      asked.push({ path: request.url, flavor: request.headers['metadata-flavor'] });
    } else {
      const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
      const { payload, protectedHeader } = await jwtVerify(form.get('assertion') ?? '', publicKey, {
        algorithms: ['RS256'],
        audience: `${identity.origin}/token`,
        currentDate: new Date(nowMs()),
      });
      asked.push({ grant: form.get('grant_type'), ...protectedHeader, ...payload });
    }
    const { refusal } = identity;
    response.writeHead(refusal?.status ?? 200, { 'content-type': 'application/json' });
    const token = { access_token: `ya29.${asked.length}`, expires_in: identity.expiresInSeconds, token_type: 'Bearer' };
    response.end(refusal?.text ?? JSON.stringify(token));
  });
  const origin = await listen(server);
  const identity: GoogleIdentity = {
    origin,
    keyFile: JSON.stringify({
      type: 'service_account',
      project_id: 'my-project',
      private_key_id: 'key-1',
      private_key: await exportPKCS8(privateKey),
      client_email: 'gateway@my-project.iam.gserviceaccount.com',
      token_uri: `${origin}/token`,
    }),
    asked,
    refusal: undefined,
    expiresInSeconds: 3_599,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return identity;
}
