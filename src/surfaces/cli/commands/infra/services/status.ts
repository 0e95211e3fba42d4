import { isJsonObject, parseJsonText, stringMember } from '#foundation/json';
import { isoTime } from '#foundation/time';
import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { flag } from '#surfaces/cli/parameters';
import { requireRuntime } from '#surfaces/cli/server-away';

export const command = defineCommand({
  effect: 'none',
  details: 'Exits 8 when no server of this home runs, 1 when it runs and is not healthy.',
  arguments: {},
  options: { detailed: flag('--detailed', 'with all that /health says') },
  examples: [
    { line: 'infra services status', shows: 'does it run, and is it well?' },
    { line: 'infra services status --detailed --json', shows: 'for a script' },
  ],
  async run({ options, services, clock }) {
    const runtime = await requireRuntime(services);
    const reply = await (await services.server()).call({ method: 'GET', path: '/health' });
    const health = parseJsonText(reply.text);
    const status = stringMember(health, 'status') ?? 'unknown';
    const item = {
      status,
      base_url: runtime.baseUrl,
      pid: runtime.pid,
      profile: runtime.profile,
      started_at: isoTime(runtime.startedAtMs),
      uptime_s: Math.max(0, Math.round((clock.nowMs() - runtime.startedAtMs) / 1_000)),
      ...(options.detailed && isJsonObject(health) ? { health } : {}),
    };
    return { ...itemOf(item), exitCode: reply.status === 200 ? 0 : 1 };
  },
});
