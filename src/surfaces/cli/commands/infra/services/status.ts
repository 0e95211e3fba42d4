import { OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject, parseJsonText, stringMember } from '#foundation/json';
import { isoTime } from '#foundation/time';
import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { flag } from '#surfaces/cli/parameters';
import { requireRuntime } from '#surfaces/cli/server-away';
import type { ServerDoor } from '#surfaces/cli/server-door';
import { requestJson } from '#surfaces/cli/server-json';

export const command = defineCommand({
  effect: 'none',
  details: `Exits 8 when no server of this home runs, 1 when it runs and is not healthy. Upstreams of models are those that
were asked since the start; one that keeps failing is "open" and left alone for a while.`,
  arguments: {},
  options: { detailed: flag('--detailed', 'with all that /health says') },
  examples: [
    { line: 'infra services status', shows: 'does it run, and is it well?' },
    { line: 'infra services status --detailed --json', shows: 'for a script' },
  ],
  async run({ options, services, clock }) {
    const runtime = await requireRuntime(services);
    const door = await services.server();
    const reply = await door.call({ method: 'GET', path: '/health' });
    const health = parseJsonText(reply.text);
    const status = stringMember(health, 'status') ?? 'unknown';
    const item = {
      status,
      base_url: runtime.baseUrl,
      pid: runtime.pid,
      profile: runtime.profile,
      started_at: isoTime(runtime.startedAtMs),
      uptime_s: Math.max(0, Math.round((clock.nowMs() - runtime.startedAtMs) / 1_000)),
      ...(await modelsOf(door)),
      ...(options.detailed && isJsonObject(health) ? { health } : {}),
    };
    return { ...itemOf(item), exitCode: reply.status === 200 ? 0 : 1 };
  },
});

/** Nothing where the server cannot tell who asks, as while its database is away: the rest is told all the same. */
async function modelsOf(door: ServerDoor): Promise<JsonObject> {
  try {
    return { models: await requestJson(door, { method: 'GET', path: '/api/v1/admin/models' }) };
  } catch (error) {
    if (error instanceof OperatingError) return {};
    throw error;
  }
}
