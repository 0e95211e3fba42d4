/**
 * A load generator in a process of its own, so that its processor time is not the server's. Reads a LoadPlan from its
 * standard input, keeps `connections` busy until `requests` are answered, and prints a LoadReport.
 */
import { text } from 'node:stream/consumers';
import { type Answer, LoadConnection } from './load-connection.ts';
import type { LoadPlan, LoadReport, Shot } from './load-plan.ts';

const plan: LoadPlan = JSON.parse(await text(process.stdin));
const requests = plan.shots.map(encodeShot);
const connections = await Promise.all(Array.from({ length: plan.connections }, () => LoadConnection.open(plan.port)));
const answers: Answer[] = [];
let next = 0;

async function keepBusy(connection: LoadConnection): Promise<void> {
  while (next < plan.requests) {
    const request = requests[next++ % requests.length];
    if (request !== undefined) answers.push(await connection.send(request));
  }
}

const startedMs = performance.now();
await Promise.all(connections.map(keepBusy));
const seconds = (performance.now() - startedMs) / 1_000;
for (const connection of connections) connection.close();

console.log(JSON.stringify(reportOf(answers, seconds)));

function encodeShot({ path, headers, body }: Shot): Buffer {
  const all = { host: `127.0.0.1:${plan.port}`, ...headers, 'content-length': String(Buffer.byteLength(body)) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

function reportOf(all: readonly Answer[], tookSeconds: number): LoadReport {
  const statuses: Record<string, number> = {};
  for (const { status } of all) statuses[status] = (statuses[status] ?? 0) + 1;
  const totals = all.map((answer) => answer.totalMs);
  return {
    requests: all.length,
    seconds: tookSeconds,
    rate: all.length / tookSeconds,
    p50Ms: percentile(totals, 0.5),
    p99Ms: percentile(totals, 0.99),
    firstByteP50Ms: percentile(
      all.map((answer) => answer.firstByteMs),
      0.5,
    ),
    denied: all.filter((answer) => answer.isDenied).length,
    statuses,
  };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
