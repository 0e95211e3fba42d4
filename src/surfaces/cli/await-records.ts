import { messageOf } from '#foundation/errors';
import type { CommandContext } from './context.ts';
import { requestJson } from './server-json.ts';

/**
 * Read your writes: what was decided before the command must be in what it prints. Resolves once the database holds
 * it, at once when no server runs; when that takes too long, the command goes on and says so.
 */
export async function awaitRecords({
  services,
  terminal,
}: Pick<CommandContext<unknown, unknown>, 'services' | 'terminal'>): Promise<void> {
  if ((await services.runtime()) === undefined) return;
  try {
    await requestJson(await services.server(), { method: 'POST', path: '/api/v1/admin/audit/caught-up', body: {} });
  } catch (error) {
    terminal.say(`warning: the newest records may be missing: ${messageOf(error)}; systemprompt doctor`);
  }
}

/** The running server signs what it holds, so that a proof covers the newest records too; nothing when none runs. */
export async function signRecords({
  services,
  terminal,
}: Pick<CommandContext<unknown, unknown>, 'services' | 'terminal'>): Promise<void> {
  if ((await services.runtime()) === undefined) return;
  try {
    await requestJson(await services.server(), { method: 'POST', path: '/api/v1/admin/audit/checkpoint', body: {} });
  } catch (error) {
    terminal.say(`warning: the newest records may not be signed: ${messageOf(error)}; systemprompt doctor`);
  }
}
