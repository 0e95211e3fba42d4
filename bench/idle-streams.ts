/** What a stream costs that is open and says nothing, as an agent's does while its model thinks. */
import { request } from 'node:http';
import type { BenchCaller } from './callers.ts';
import { usageOf } from './process-usage.ts';
import type { RunningGateway } from './processes.ts';
import { messageShots } from './shots.ts';

const STREAMS = 1_000;
const KB_EACH_MAX = 25;

/** Opens them, weighs the process with and without, and leaves. Answers one line of the report. */
export async function holdIdleStreams(gateway: RunningGateway, callers: readonly BenchCaller[]): Promise<string> {
  const shots = messageShots(callers, true, 'claude-idle');
  // The first ones pay for what all of them share.
  const first = await open(gateway.port, shots.slice(0, 100));
  const before = usageOf(gateway.pid).residentMb;
  const more = await open(gateway.port, shots.slice(100, 100 + STREAMS));
  const after = usageOf(gateway.pid).residentMb;
  for (const leave of [...first, ...more]) leave();
  const kbEach = ((after - before) * 1_024) / STREAMS;
  const verdict = kbEach <= KB_EACH_MAX ? 'reached' : 'missed';
  return `${STREAMS} idle streams held: ${kbEach.toFixed(1)} kB each; to reach: at most ${KB_EACH_MAX} kB, ${verdict}.`;
}

type Shots = ReturnType<typeof messageShots>;

/** Resolves when each of them has sent its first event. */
function open(port: number, shots: Shots): Promise<readonly (() => void)[]> {
  return Promise.all(
    shots.map(
      ({ path, headers, body }) =>
        new Promise<() => void>((resolve, reject) => {
          const call = request({ port, host: '127.0.0.1', path, method: 'POST', headers, agent: false }, (answer) => {
            answer.once('data', (first: Buffer) => {
              if (answer.statusCode === 200) resolve(() => call.destroy());
              else reject(new Error(`an idle stream was answered with ${answer.statusCode}: ${first.toString()}`));
            });
            answer.on('error', () => undefined);
          });
          call.on('error', reject);
          call.end(body);
        }),
    ),
  );
}
