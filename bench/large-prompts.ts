/** Prompts of a size that long sessions reach: whether time grows as they do, and how much memory one takes. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { BenchCaller } from './callers.ts';
import type { Shot } from './load-plan.ts';
import { usageOf } from './process-usage.ts';
import { type RunningGateway, runLoad } from './processes.ts';

const REQUESTS = 6;
const WORDS = 'The connection is kept for as long as the server allows, and closed at the next turn of the loop. ';
const MEGABYTE = 1_048_576;

const PROMPTS: readonly { readonly name: string; readonly request: () => object }[] = [
  { name: '100 kB of text', request: () => prompt(WORDS.repeat((0.1 * MEGABYTE) / WORDS.length)) },
  { name: '1 MB of text', request: () => prompt(WORDS.repeat(MEGABYTE / WORDS.length)) },
  { name: '10 MB of text', request: () => prompt(WORDS.repeat((10 * MEGABYTE) / WORDS.length)) },
  {
    name: 'an image of 8 MB',
    request: () => {
      const data = randomBytes(6 * MEGABYTE).toString('base64');
      return prompt([{ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }]);
    },
  },
  {
    name: '1,000 tools',
    request: () => ({
      ...prompt('Which tool reads a file?'),
      tools: Array.from({ length: 1_000 }, (_, index) => ({
        name: `tool_${index}`,
        description: WORDS.repeat(4),
        input_schema: { type: 'object', properties: { path: { type: 'string', description: WORDS } } },
      })),
    }),
  },
];

/** One table: processor time of each prompt to a native and to a converted upstream, and the peak of memory over rest. */
export async function sendLargePrompts(
  gateway: RunningGateway,
  callers: readonly BenchCaller[],
): Promise<readonly string[]> {
  const lines = ['| prompt | upstream | status | CPU ms each | peak memory over rest, MB |', '|---|---|---|---|---|'];
  for (const { name, request } of PROMPTS) {
    for (const model of ['claude-bench', 'gpt-bench']) {
      const shots = callers.slice(0, REQUESTS).map((caller) => shot(caller, { ...request(), model }));
      const plan = { port: gateway.port, requests: REQUESTS, connections: 1, shots };
      await runLoad(plan);
      const before = usageOf(gateway.pid);
      forgetPeak(gateway.pid);
      const report = await runLoad(plan);
      const cpuMs = (usageOf(gateway.pid).cpuMs - before.cpuMs) / REQUESTS;
      const peak = peakMb(gateway.pid) - before.residentMb;
      const kind = model === 'claude-bench' ? 'native' : 'converted';
      const statuses = Object.keys(report.statuses).join(', ');
      lines.push(`| ${name} | ${kind} | ${statuses} | ${cpuMs.toFixed(1)} | ${peak.toFixed(0)} |`);
    }
  }
  return lines;
}

function prompt(content: unknown): object {
  return { max_tokens: 64, messages: [{ role: 'user', content }] };
}

function shot({ token, sessions }: BenchCaller, body: object): Shot {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'anthropic-version': '2023-06-01',
    'x-session-id': sessions[0] ?? '',
  };
  return { path: '/v1/messages', headers, body: JSON.stringify(body) };
}

/** Linux: the peak of resident memory counts from now on. */
function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function peakMb(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
}
