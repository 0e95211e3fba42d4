import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createManualClock } from '#tests/support/manual-clock';
import { MCP_LIMITS } from '../limits.ts';
import { createStderrLog, type StderrLog } from './stderr-log.ts';

let directory: string;
let path: string;
let log: StderrLog;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'systemprompt-log-'));
  path = join(directory, 'logs', 'one.log');
  log = createStderrLog({ path, redact: (text) => text.replaceAll('hush', '[x]'), clock: createManualClock() });
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('lines are kept in order, redacted, for their owner only', async () => {
  await log.write(7, ['first', 'then hush']);
  expect(log.tail(10)).toEqual(['2027-01-15T08:00:00.000Z 7 first', '2027-01-15T08:00:00.000Z 7 then [x]']);
  expect(log.tail(1)).toHaveLength(1);
  expect(readFileSync(path, 'utf8')).toBe(`${log.tail(10).join('\n')}\n`);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('neither the file nor the memory grows without bound', async () => {
  const line = 'x'.repeat(8_000);
  for (let batch = 0; batch < 30; batch++) await log.write(7, Array(10).fill(line));
  expect(log.tail(1_000).join('').length).toBeLessThanOrEqual(MCP_LIMITS.stderrRingBytesMax);
  expect(existsSync(`${path}.1`)).toBe(true);
  expect(statSync(path).size + statSync(`${path}.1`).size).toBeLessThan(3 * MCP_LIMITS.stderrFileBytesMax);
});

test('a disk that refuses stops nobody', async () => {
  await log.write(7, ['x']);
  // Below a file there can be no directory.
  const broken = createStderrLog({
    path: join(path, 'below', 'one.log'),
    redact: (text) => text,
    clock: createManualClock(),
  });
  await broken.write(7, ['still in memory']);
  expect(broken.tail(1)).toEqual([expect.stringContaining('still in memory')]);
});
