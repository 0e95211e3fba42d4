/**
 * A load generator in a process of its own, so that its processor time is not the server's. Reads a plan from the
 * first argument, keeps `connections` busy until `requests` are answered, and prints one JSON object.
 */
import { Agent, request } from 'node:http';

type Shot = { readonly headers: Record<string, string>; readonly body: string };
type Plan = {
  readonly url: string;
  readonly requests: number;
  readonly connections: number;
  /** Sent in turn. */
  readonly shots: readonly Shot[];
};

const plan: Plan = JSON.parse(await new Response(process.stdin as never).text());
const target = new URL(plan.url);
const agent = new Agent({ keepAlive: true, maxSockets: plan.connections });
const latenciesMs: number[] = [];
const firstBytesMs: number[] = [];
const statuses: Record<string, number> = {};
let next = 0;
let denied = 0;

function shoot(shot: Shot): Promise<void> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const call = request(
      {
        agent,
        host: target.hostname,
        port: target.port,
        path: target.pathname + target.search,
        method: 'POST',
        headers: { ...shot.headers, 'content-length': Buffer.byteLength(shot.body) },
      },
      (response) => {
        let firstByteMs: number | undefined;
        let head = '';
        response.on('data', (chunk: Buffer) => {
          firstByteMs ??= performance.now() - startedMs;
          if (head.length < 256) head += chunk.toString('latin1', 0, 256);
        });
        response.on('end', () => {
          latenciesMs.push(performance.now() - startedMs);
          firstBytesMs.push(firstByteMs ?? 0);
          statuses[response.statusCode ?? 0] = (statuses[response.statusCode ?? 0] ?? 0) + 1;
          if (head.includes('"deny"')) denied += 1;
          resolve();
        });
        response.on('error', reject);
      },
    );
    call.on('error', reject);
    call.end(shot.body);
  });
}

async function worker(): Promise<void> {
  while (next < plan.requests) {
    const shot = plan.shots[next++ % plan.shots.length];
    if (shot !== undefined) await shoot(shot);
  }
}

const startedMs = performance.now();
await Promise.all(Array.from({ length: plan.connections }, worker));
const seconds = (performance.now() - startedMs) / 1_000;
agent.destroy();

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

console.log(
  JSON.stringify({
    requests: latenciesMs.length,
    seconds,
    rate: latenciesMs.length / seconds,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    firstByteP50Ms: percentile(firstBytesMs, 0.5),
    denied,
    statuses,
  }),
);
