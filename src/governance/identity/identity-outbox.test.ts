import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createIdSource } from '#foundation/ids';
import { silentLogger } from '#foundation/logging';
import { systemClock } from '#foundation/time';
import type { EventRecord } from '#governance/audit/record';
import { createTestDatabase, type TestDatabase } from '#tests/support/postgres';
import { proves } from '#tests/support/proves';
import { changeIdentity, IDENTITY_EVENT_NAMES } from './identity-event.ts';
import { createIdentityOutbox, type IdentityOutbox } from './identity-outbox.ts';
import { localActor } from './local-actor.ts';

proves('seed.identity-events');

const ids = createIdSource(() => systemClock.nowMs());
const actor = localActor('local-operator', ids);
let cluster: TestDatabase;
const started: IdentityOutbox[] = [];

beforeAll(async () => {
  cluster = await createTestDatabase();
});
afterAll(() => cluster.drop());
afterEach(async () => {
  for (const outbox of started.splice(0)) await outbox.stop();
});

function open(append: (record: EventRecord) => Promise<unknown>): IdentityOutbox {
  const outbox = createIdentityOutbox({ database: cluster.database, append, clock: systemClock, logger: silentLogger });
  started.push(outbox);
  return outbox;
}

function happen(subjectUserId: string, name: (typeof IDENTITY_EVENT_NAMES)[number] = 'created'): Promise<void> {
  return changeIdentity({ database: cluster.database, clock: systemClock, ids, actor }, (_transaction, record) =>
    record({ name, tenantId: 'default', subjectUserId, detail: { prefix: 'sp-live-0123456789ab' } }),
  );
}

const waiting = async () =>
  (await cluster.database.query<{ n: number }>('SELECT count(*) AS n FROM identity_outbox'))[0]?.n;

test('all ten kinds of events reach the journal in their order, with who did what to whom', async () => {
  for (const name of IDENTITY_EVENT_NAMES) await happen('ada', name);
  const records: EventRecord[] = [];
  await open(async (record) => records.push(record)).drain();
  expect(IDENTITY_EVENT_NAMES).toHaveLength(10);
  expect(records.map((record) => record.event.type === 'identity' && record.event.name)).toEqual([
    ...IDENTITY_EVENT_NAMES,
  ]);
  expect(records[0]).toMatchObject({
    kind: 'event',
    tenant_id: 'default',
    user_id: 'local-operator',
    client_id: 'cli',
    trace_id: actor.traceId,
    event: {
      type: 'identity',
      subject_user_id: 'ada',
      detail: { prefix: 'sp-live-0123456789ab', event_id: expect.any(String) },
    },
  });
  expect(await waiting()).toBe(0);
});

test('what another process leaves while the server runs is fetched at once', async () => {
  const records: EventRecord[] = [];
  await open(async (record) => records.push(record)).start();
  await happen('bob');
  await expect.poll(() => records.length, { timeout: 2_000, interval: 5 }).toBe(1);
});

test('what the journal refuses stays in the outbox, and is there the next time', async () => {
  await happen('cy');
  await happen('di');
  const records: EventRecord[] = [];
  let isFull = true;
  const outbox = open(async (record) => {
    if (records.length === 1 && isFull) throw new Error('the disk is full');
    records.push(record);
  });
  await expect(outbox.drain()).rejects.toThrow('the disk is full');
  expect(await waiting()).toBe(2);
  isFull = false;
  await outbox.drain();
  expect(await waiting()).toBe(0);
  const eventIds = records.map((record) => (record.event.type === 'identity' ? record.event.detail : null));
  expect(eventIds[0]).toEqual(eventIds[1]);
});

test('several servers record each event once', async () => {
  await Promise.all(Array.from({ length: 40 }, (_, index) => happen(`user-${index}`)));
  const records: EventRecord[] = [];
  const outboxes = Array.from({ length: 4 }, () => open(async (record) => records.push(record)));
  await Promise.all(outboxes.map((outbox) => outbox.drain()));
  await outboxes[0]?.drain();
  const subjects = records.map((record) => (record.event.type === 'identity' ? record.event.subject_user_id : ''));
  expect(new Set(subjects).size).toBe(40);
  expect(subjects).toHaveLength(40);
});
