import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createUpstreamClient, type UpstreamClient } from '#foundation/http/upstream-client';
import { systemClock } from '#foundation/time';
import { type GoogleIdentity, startGoogleIdentity } from '#tests/support/google-identity';
import { createManualClock, type ManualClock } from '#tests/support/manual-clock';
import { createGoogleTokens, type GoogleTokens } from './google-tokens.ts';

let clock: ManualClock;
let client: UpstreamClient;
let google: GoogleIdentity;
let tokens: GoogleTokens;

beforeEach(async () => {
  clock = createManualClock();
  client = createUpstreamClient({ clock: systemClock });
  google = await startGoogleIdentity(clock.nowMs);
  tokens = createGoogleTokens({ client, clock, metadataOrigin: google.origin });
});
afterEach(async () => {
  await client.stop?.();
  await google.close();
});

const edited = (members: object) => JSON.stringify({ ...JSON.parse(google.keyFile), ...members });

describe('a token of a service account', () => {
  it('is given for an assertion that its key has signed', async () => {
    expect(await tokens.tokenFor(google.keyFile)).toBe('ya29.1');
    const seconds = clock.nowMs() / 1_000;
    expect(google.asked).toEqual([
      {
        grant: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        alg: 'RS256',
        typ: 'JWT',
        kid: 'key-1',
        iss: 'gateway@my-project.iam.gserviceaccount.com',
        aud: `${google.origin}/token`,
        scope: 'https://www.googleapis.com/auth/cloud-platform',
        iat: seconds,
        exp: seconds + 3_600,
      },
    ]);
  });

  it('is asked for once by many, and kept until shortly before its end', async () => {
    const many = await Promise.all(Array.from({ length: 50 }, () => tokens.tokenFor(google.keyFile)));
    expect(new Set(many)).toEqual(new Set(['ya29.1']));
    clock.advance(3_298_000);
    expect(await tokens.tokenFor(google.keyFile)).toBe('ya29.1');
    clock.advance(2_000);
    const renewed = await Promise.all([tokens.tokenFor(google.keyFile), tokens.tokenFor(google.keyFile)]);
    expect(renewed).toEqual(['ya29.2', 'ya29.2']);
    expect(google.asked).toHaveLength(2);
  });

  it('is another one for another key', async () => {
    await tokens.tokenFor(google.keyFile);
    expect(await tokens.tokenFor(edited({ client_email: 'other@my-project.iam.gserviceaccount.com' }))).toBe('ya29.2');
    expect(await tokens.tokenFor(google.keyFile)).toBe('ya29.1');
  });

  it('serves to its end while no other is to be had, and no longer', async () => {
    await tokens.tokenFor(google.keyFile);
    google.refusal = { status: 503, text: '<html>' };
    clock.advance(3_400_000);
    expect(await tokens.tokenFor(google.keyFile)).toBe('ya29.1');
    clock.advance(200_000);
    await expect(tokens.tokenFor(google.keyFile)).rejects.toMatchObject({
      kind: 'upstream',
      message: expect.stringMatching(/gave no access token: 503$/),
    });
    google.refusal = undefined;
    expect(await tokens.tokenFor(google.keyFile)).toBe('ya29.4');
  });

  it('that is refused says why, in a word and without what was sent', async () => {
    google.refusal = {
      status: 400,
      text: '{"error":"invalid_grant","error_description":"Invalid JWT eyJ.secret.part"}',
    };
    const refused = tokens.tokenFor(google.keyFile);
    await expect(refused).rejects.toMatchObject({
      kind: 'unavailable',
      message: `${google.origin} gave no access token: 400 invalid_grant`,
    });
  });

  it.each([
    ['no JSON', () => 'hunter2-not-json'],
    ['of another kind', () => edited({ type: 'authorized_user' })],
    ['without a private key', () => edited({ private_key: 'hunter2' })],
    ['with an address in the open', () => edited({ token_uri: 'http://oauth2.example/hunter2' })],
  ])('is not asked for with a file that is %s, of which nothing is told', async (_, file) => {
    const error = await tokens.tokenFor(file()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'unavailable', code: 'google_key_unusable' });
    expect(String(error)).not.toContain('hunter2');
    expect(google.asked).toEqual([]);
  });

  it.each(['{"access_token":"a b","expires_in":9}', '{"access_token":"x"}', '[]', ''])(
    'is not taken from %s',
    async (text) => {
      google.refusal = { status: 200, text };
      await expect(tokens.tokenFor(google.keyFile)).rejects.toMatchObject({ kind: 'upstream' });
    },
  );
});

describe('a token of the machine', () => {
  it('comes from the metadata server', async () => {
    expect(await tokens.tokenFor(undefined)).toBe('ya29.1');
    expect(await tokens.tokenFor(undefined)).toBe('ya29.1');
    expect(google.asked).toEqual([
      { path: '/computeMetadata/v1/instance/service-accounts/default/token', flavor: 'Google' },
    ]);
  });
});
