/**
 * A process that records calls as fast as it can and dies at a named step of the disk, as `kill -9` would make it.
 * Arguments: home, failpoint, how often the failpoint is passed before. In the home it keeps a diary of what callers
 * were told and of what was synced: `allowed <id>`, `closed <id>`, `synced <bytes> <path>`.
 */
import { openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createIdSource } from '#foundation/ids';
import { silentLogger } from '#foundation/logging';
import { systemClock } from '#foundation/time';
import { createAudit } from '#governance/audit/audit';
import { auditConfigSchema } from '#governance/audit/config';
import { absentDatabase } from './audit-bench.ts';
import { decisionRecord, toolOutcome } from './audit-records.ts';
import { createFaultyFiles, failpointName } from './faulty-files.ts';

const [home = '', failpoint = '', passes = '0'] = process.argv.slice(2);
const diary = openSync(join(home, 'diary'), 'a');
let remaining = Number(passes);

const files = createFaultyFiles((step, path, moment) => {
  const name = failpointName(step, path, moment);
  if (name === 'segment.sync.after') writeSync(diary, `synced ${statSync(path).size} ${path}\n`);
  if (name !== failpoint) return;
  if (remaining === 0) process.kill(process.pid, 'SIGKILL');
  remaining -= 1;
});

const audit = createAudit({
  journalDirectory: join(home, 'journal'),
  keyDirectory: join(home, 'audit'),
  database: absentDatabase(),
  clock: systemClock,
  ids: createIdSource(systemClock.nowMs),
  logger: silentLogger,
  config: { ...auditConfigSchema.parse({}), segment_bytes_max: 16_384, checkpoint_records: 20 },
  files,
});
await audit.start();

async function call(worker: number): Promise<void> {
  for (let turn = 0; turn < 100; turn++) {
    const decision = await audit.append(decisionRecord({ call_kind: 'tool_call', tool_name: `worker-${worker}` }));
    writeSync(diary, `allowed ${decision.id}\n`);
    const outcome = await audit.append(toolOutcome(decision.id));
    writeSync(diary, `closed ${outcome.id}\n`);
  }
}

// Timers of the clock keep no process alive; a server's sockets do.
const alive = setInterval(() => {}, 1_000);
await Promise.all(Array.from({ length: 10 }, (_, worker) => call(worker)));
clearInterval(alive);
process.exitCode = 3;
