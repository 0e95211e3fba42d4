import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createUpstreamClient, type UpstreamClient } from '#foundation/http/upstream-client';
import { systemClock } from '#foundation/time';
import { listen } from '#tests/support/gateway-harness';
import { createManualClock, type ManualClock } from '#tests/support/manual-clock';
import { type AwsMachineKeys, createAwsMachineKeys } from './aws-machine-keys.ts';

const ROLES = '/latest/meta-data/iam/security-credentials/';

let clock: ManualClock;
let client: UpstreamClient;
let server: Server;
let keys: AwsMachineKeys;
let asked: string[];
/** Answers of the metadata service by path; a number is a status. */
let answers: Record<string, string | number>;

beforeEach(async () => {
  clock = createManualClock();
  client = createUpstreamClient({ clock: systemClock });
  asked = [];
  answers = { '/latest/api/token': 'session-1', [ROLES]: 'gateway-role\n' };
  server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(`${request.method} ${path}`);
    const isKnown = request.method === 'PUT' || request.headers['x-aws-ec2-metadata-token'] === 'session-1';
    const answer = isKnown ? (answers[path] ?? (path === `${ROLES}gateway-role` ? role() : 404)) : 401;
    if (typeof answer === 'number') response.writeHead(answer).end();
    else response.end(answer);
  });
  keys = createAwsMachineKeys({ client, clock, metadataOrigin: await listen(server) });
});
afterEach(async () => {
  await client.stop?.();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function role(): string {
  const Expiration = new Date(clock.nowMs() + 3_600_000).toISOString();
  return JSON.stringify({
    Code: 'Success',
    AccessKeyId: 'ASIA1',
    SecretAccessKey: 'hunter2',
    Token: 'token-1',
    Expiration,
  });
}

describe('the access keys of the machine', () => {
  it('are those of its role, asked for in a session and once for all who wait', async () => {
    const found = await Promise.all([keys.current(), keys.current(), keys.current()]);
    expect(found[2]).toEqual({ accessKeyId: 'ASIA1', secretAccessKey: 'hunter2', sessionToken: 'token-1' });
    expect(asked).toEqual(['PUT /latest/api/token', `GET ${ROLES}`, `GET ${ROLES}gateway-role`]);
  });

  it('are renewed shortly before their end', async () => {
    await keys.current();
    clock.advance(3_299_000);
    await keys.current();
    expect(asked).toHaveLength(3);
    clock.advance(2_000);
    await keys.current();
    expect(asked).toHaveLength(6);
  });

  it.each<readonly [string, Record<string, string | number>, string, RegExp]>([
    ['no role', { [ROLES]: '' }, 'unavailable', /the machine has no role/],
    ['no role either', { [ROLES]: 404 }, 'unavailable', /answered 404/],
    ['a service that is down', { '/latest/api/token': 503 }, 'upstream', /answered 503/],
    ['a session that splits headers', { '/latest/api/token': 'a\r\nb: c' }, 'upstream', /opened no session/],
    ['half of the keys', { [`${ROLES}gateway-role`]: '{"SecretAccessKey":"hunter2"}' }, 'upstream', /something else/],
    ['no JSON', { [`${ROLES}gateway-role`]: 'hunter2' }, 'upstream', /something else/],
  ])('are not there with %s', async (_, other, kind, message) => {
    Object.assign(answers, other);
    const error = await keys.current().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind, message: expect.stringMatching(message) });
    expect(String(error)).not.toContain('hunter2');
  });
});
