import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createManualClock } from '#tests/support/manual-clock';
import { acquireJournalLock, LEASE_MS, ownProcessIdentity, type ProcessIdentity } from './journal-lock.ts';

let directory: string;
let own: ProcessIdentity;
const clock = createManualClock(Date.now());

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'systemprompt-lock-'));
  own = await ownProcessIdentity();
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const acquire = (identity = own, onLost: (problem: string) => void = () => {}) =>
  acquireJournalLock(directory, { clock, identity, onLost });

const write = (name: string, holder: object) =>
  writeFile(join(directory, name), JSON.stringify({ host: 'there', ...holder }));

it('is refused while its holder lives, and free once the holder lets go', async () => {
  const lock = await acquire();
  await expect(acquire()).rejects.toMatchObject({
    kind: 'conflict',
    code: 'journal_locked',
    message: expect.stringContaining(`process ${process.pid}`),
    remedy: expect.stringContaining('--home'),
  });
  await lock.release();
  await (await acquire()).release();
});

it('of a dead process is taken over', async () => {
  await write('lock.7', { ...own, pid: 2 ** 22 + 1 });
  await acquire();
  expect(await readdir(directory)).toEqual(['lock.8']);
});

it('of a process whose number went to another is taken over', async () => {
  await write('lock.1', { ...own, started: '1' });
  await acquire();
  expect(JSON.parse(await readFile(join(directory, 'lock.2'), 'utf8'))).toMatchObject({ pid: process.pid });
});

it('of another namespace is honoured for as long as it is touched', async () => {
  await write('lock.1', { pid: 1, started: '5', namespace: 'another machine' });
  await expect(acquire()).rejects.toMatchObject({ code: 'journal_locked', message: expect.stringContaining('there') });
  const stale = new Date(clock.nowMs() - LEASE_MS - 1);
  await utimes(join(directory, 'lock.1'), stale, stale);
  await acquire();
});

it('goes to exactly one of many that find it stale together', async () => {
  await write('lock.3', { ...own, pid: 2 ** 22 + 1 });
  const answers = await Promise.allSettled(Array.from({ length: 20 }, () => acquire()));
  expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(1);
});

it('tells a holder that was taken for gone that it must stop', async () => {
  let lost = '';
  await acquire(own, (problem) => {
    lost = problem;
  });
  await write('lock.2', own);
  clock.advance(5_000);
  await expect.poll(() => lost).toContain('another process took the journal over');
});
