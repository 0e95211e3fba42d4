import { request } from 'node:http';
import type { IdentityDesk } from '#governance/identity/identity-desk';
import { serverAway } from '#surfaces/cli/server-away';
import type { ServerCall, ServerDoor, ServerReply } from '#surfaces/cli/server-door';

export type LocalServerDoorDeps = {
  readonly baseUrl: string;
  readonly home: string;
  /** Asked for when a call needs a credential. */
  readonly identity: () => Promise<IdentityDesk>;
  readonly administratorEmail: string;
};

const TIMEOUT_MS = 30_000;
const CREDENTIAL_LIFETIME_MS = 120_000;

/** The running server over loopback, in the name of the administrator, with a credential that lives for this command. */
export function openServerDoor(deps: LocalServerDoorDeps): ServerDoor {
  const credentials = new Map<string, Promise<string>>();

  function credentialFor(audience: string): Promise<string> {
    const known = credentials.get(audience);
    if (known !== undefined) return known;
    const made = login(audience);
    credentials.set(audience, made);
    return made;
  }

  async function login(audience: string): Promise<string> {
    const desk = await deps.identity();
    const email = deps.administratorEmail;
    return (await desk.login({ email, audiences: [audience], durationMs: CREDENTIAL_LIFETIME_MS })).token;
  }

  return {
    baseUrl: deps.baseUrl,
    async call(call) {
      const open = call.method === 'GET' && call.path === '/health';
      return send(deps, call, open ? undefined : await credentialFor(call.audience ?? 'api'));
    },
  };
}

function send(
  { baseUrl, home }: LocalServerDoorDeps,
  call: ServerCall,
  credential: string | undefined,
): Promise<ServerReply> {
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      new URL(call.path, baseUrl),
      {
        method: call.method,
        timeout: call.timeoutMs ?? TIMEOUT_MS,
        headers: {
          ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          ...call.headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const headers: Record<string, string> = {};
          for (const [name, value] of Object.entries(response.headers)) {
            if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
          }
          resolve({ status: response.statusCode ?? 0, headers, text: Buffer.concat(chunks).toString('utf8') });
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('the server did not answer in time')));
    outgoing.on('error', (error) => reject(serverAway(home, error)));
    outgoing.end(body);
  });
}
