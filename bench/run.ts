/**
 * One table: the product with every check and the durable journal on, each scenario against a bare Node process in the
 * same run, turn by turn. The honest figure on a shared machine is processor time per request, as the operating system
 * charged it; rates and percentiles stand beside it.
 *
 *     npm run bench                        prints the table
 *     npm run bench -- --write             and writes docs/reference/benchmarks.md
 *     npm run bench -- --soak              and sends 100,000 calls more, to see whether memory stays flat
 *     npm run bench -- --only=stream       only the scenarios with that word in their name
 */
import { rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '#foundation/logging';
import { createDatabase } from '#foundation/postgres/database';
import { systemClock } from '#foundation/time';
import { makeBenchHome } from './bench-home.ts';
import { makeCallers } from './callers.ts';
import { holdIdleStreams } from './idle-streams.ts';
import { sendLargePrompts } from './large-prompts.ts';
import type { LoadReport, Shot } from './load-plan.ts';
import { usageOf } from './process-usage.ts';
import { type Listening, runLoad, startGateway, startListener, stop } from './processes.ts';
import { completionShots, governShots, messageShots, openMcpSessions, toolShots } from './shots.ts';

type Scenario = {
  readonly name: string;
  readonly requests: number;
  readonly connections: number;
  readonly shots: readonly Shot[];
  /** Milliseconds of processor time per request that are to be reached; null where none is named. */
  readonly cpuTargetMs: number | null;
};

type Measured = LoadReport & { readonly cpuMsEach: number };

const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length) ?? '';

const GOVERN = 'govern hook';
const ROUNDS = 3;
const SOAK_REQUESTS = 100_000;
const SOAK_STEPS = 5;
const GOVERN_RATE_MIN = 3_308;
const GOVERN_P99_MS_MAX = 22.7;
const RESIDENT_MB_MAX = 150;

async function measure(target: Listening, scenario: Scenario): Promise<Measured> {
  const before = usageOf(target.pid);
  const { requests, connections, shots } = scenario;
  const report = await runLoad({ port: target.port, requests, connections, shots });
  const wrong = Object.entries(report.statuses).filter(([status]) => status !== '200');
  if (wrong.length > 0) throw new Error(`${scenario.name}: answers that were not 200: ${JSON.stringify(wrong)}`);
  if (scenario.name === GOVERN && target === gateway) governed += report.requests;
  return { ...report, cpuMsEach: (usageOf(target.pid).cpuMs - before.cpuMs) / report.requests };
}

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

function medians(rounds: readonly Measured[]): Omit<Measured, 'statuses'> {
  const of = (pick: (round: Measured) => number) => median(rounds.map(pick));
  return {
    requests: of((round) => round.requests),
    seconds: of((round) => round.seconds),
    rate: of((round) => round.rate),
    p50Ms: of((round) => round.p50Ms),
    p99Ms: of((round) => round.p99Ms),
    firstByteP50Ms: of((round) => round.firstByteP50Ms),
    denied: of((round) => round.denied),
    cpuMsEach: of((round) => round.cpuMsEach),
  };
}

const upstream = await startListener('raw-upstream.ts', []);
const floor = await startListener('bare-pipe.ts', [String(upstream.port)]);
const place = makeBenchHome(upstream.port);
const gateway = await startGateway(place.home, place.services);
const lines: string[] = [];
let governed = 0;

try {
  const database = createDatabase({
    connectionString: gateway.databaseUrl,
    poolMax: 2,
    logger: silentLogger,
    clock: systemClock,
  });
  const { callers, administratorToken } = await makeCallers(database, { callers: 500, sessionsEach: 4 });
  const govern = governShots(callers);
  const tools = toolShots(await openMcpSessions(gateway.port, callers.slice(0, 100)));
  const all: readonly Scenario[] = [
    { name: GOVERN, requests: 20_000, connections: 100, shots: govern, cpuTargetMs: 0.12 },
    { name: 'message relay', requests: 4_000, connections: 20, shots: messageShots(callers, false), cpuTargetMs: 0.25 },
    {
      name: '100-event stream',
      requests: 2_000,
      connections: 20,
      shots: messageShots(callers, true),
      cpuTargetMs: 0.4,
    },
    {
      name: 'one stream at a time',
      requests: 500,
      connections: 1,
      shots: messageShots(callers, true),
      cpuTargetMs: null,
    },
    {
      name: 'Messages to Chat Completions',
      requests: 3_000,
      connections: 20,
      shots: messageShots(callers, false, 'gpt-bench'),
      cpuTargetMs: 0.25,
    },
    {
      name: 'Messages to Chat Completions, 100-event stream',
      requests: 1_500,
      connections: 20,
      shots: messageShots(callers, true, 'gpt-bench'),
      cpuTargetMs: 0.7,
    },
    {
      name: 'Chat Completions to Messages, 100-event stream',
      requests: 1_500,
      connections: 20,
      shots: completionShots(callers, 'claude-bench', true),
      cpuTargetMs: 0.7,
    },
    { name: 'tool call, HTTP', requests: 4_000, connections: 20, shots: tools, cpuTargetMs: null },
  ];
  const scenarios = all.filter(({ name }) => name.includes(only));
  // As long as a round, because what is measured is a server that has run for a while, not one that compiles itself.
  for (const scenario of scenarios) {
    await measure(floor, scenario);
    await measure(gateway, scenario);
  }
  const warmMb = usageOf(gateway.pid).residentMb;
  lines.push(
    '| scenario | process | requests/s | p50 ms | p99 ms | first byte p50 ms | CPU ms each | CPU ratio | to reach |',
    '|---|---|---|---|---|---|---|---|---|',
  );
  for (const scenario of scenarios) {
    const rounds: { floor: Measured[]; gateway: Measured[] } = { floor: [], gateway: [] };
    for (let round = 0; round < ROUNDS; round++) {
      rounds.floor.push(await measure(floor, scenario));
      rounds.gateway.push(await measure(gateway, scenario));
    }
    const bare = medians(rounds.floor);
    const ours = medians(rounds.gateway);
    lines.push(
      row(scenario, 'bare Node', bare, ''),
      row(scenario, 'systemprompt', ours, (ours.cpuMsEach / bare.cpuMsEach).toFixed(1)),
    );
    if (scenario.name === GOVERN) {
      const missed = ours.rate < GOVERN_RATE_MIN || ours.p99Ms > GOVERN_P99_MS_MAX;
      lines.push(
        `| | | to reach: ${GOVERN_RATE_MIN} | | to reach: ${GOVERN_P99_MS_MAX} | | | | ${missed ? 'missed' : 'reached'} |`,
      );
    }
  }
  const endMb = usageOf(gateway.pid).residentMb;
  lines.push(
    '',
    `Resident memory of the gateway process: ${warmMb.toFixed(0)} MB after the warm-up, ${endMb.toFixed(0)} MB at the end; to reach: under ${RESIDENT_MB_MAX} MB, ${endMb < RESIDENT_MB_MAX ? 'reached' : 'missed'}.`,
  );
  if (process.argv.includes('--soak')) lines.push(await soak(govern));
  if ('idle streams'.includes(only)) lines.push('', await holdIdleStreams(gateway, callers));
  if ('large prompts'.includes(only)) lines.push('', ...(await sendLargePrompts(gateway, callers)));
  await fetch(`http://127.0.0.1:${gateway.port}/api/v1/admin/audit/caught-up`, {
    method: 'POST',
    headers: { authorization: `Bearer ${administratorToken}` },
  });
  const [counted] = await database.query<{ rows: number; denied: number }>(
    "select count(*)::int as rows, (count(*) filter (where decision = 'deny'))::int as denied from governance_decisions where call_kind = 'hook'",
  );
  lines.push(`Decisions of the govern hook: ${governed} sent, ${counted?.rows} rows, ${counted?.denied} of them deny.`);
  await database.close();
} finally {
  await stop(gateway.child);
  await stop(floor.child);
  await stop(upstream.child);
  rmSync(place.root, { recursive: true, force: true });
}

const text = [
  '# Benchmarks',
  '',
  'Written by `npm run bench -- --write`. Medians of three rounds, each beside the bare process in the same run, on',
  `${cpus().length} processors (${cpus()[0]?.model ?? 'unknown'}), Node.js ${process.versions.node}, embedded PostgreSQL and the load client on the`,
  'same machine. Every check and the strict journal are on.',
  '',
  ...lines,
  '',
].join('\n');
console.log(text);
if (process.argv.includes('--write'))
  writeFileSync(join(import.meta.dirname, '..', 'docs', 'reference', 'benchmarks.md'), text);

/** Memory after each fifth of the soak: a leak shows as steps. */
async function soak(shots: readonly Shot[]): Promise<string> {
  const steps: string[] = [];
  for (let step = 0; step < SOAK_STEPS; step++) {
    const requests = SOAK_REQUESTS / SOAK_STEPS;
    await measure(gateway, { name: GOVERN, requests, connections: 100, shots, cpuTargetMs: null });
    steps.push(usageOf(gateway.pid).residentMb.toFixed(0));
  }
  return `Over ${SOAK_REQUESTS} govern calls more: ${steps.join(', ')} MB.`;
}

function row(scenario: Scenario, name: string, measured: Omit<Measured, 'statuses'>, ratio: string): string {
  const { rate, p50Ms, p99Ms, firstByteP50Ms, cpuMsEach } = measured;
  const target =
    ratio === '' || scenario.cpuTargetMs === null
      ? ''
      : `${scenario.cpuTargetMs} ms CPU: ${cpuMsEach <= scenario.cpuTargetMs ? 'reached' : 'missed'}`;
  return `| ${scenario.name} | ${name} | ${rate.toFixed(0)} | ${p50Ms.toFixed(1)} | ${p99Ms.toFixed(1)} | ${firstByteP50Ms.toFixed(1)} | ${cpuMsEach.toFixed(3)} | ${ratio} | ${target} |`;
}
