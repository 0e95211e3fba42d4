import { OperatingError } from '#foundation/errors';
import type { Home } from './home.ts';
import { isProcessAlive, readRuntimeFile } from './runtime-file.ts';

/** What a second server of one home runs into, whichever comes first: the journal's lock or the database's. */
const OCCUPIED = new Set(['journal_locked', 'embedded_postgres_in_use']);

/** The same error, or, where a running server of this home is the reason, one that says where it is. */
export function explainSecondServer(error: unknown, home: Home): unknown {
  if (!(error instanceof OperatingError) || !OCCUPIED.has(error.code)) return error;
  const running = readRuntimeFile(home.runtimeFile, isProcessAlive);
  if (running === undefined) return error;
  const text = `a server of this home is running at ${running.baseUrl} (process ${running.pid})`;
  return new OperatingError('conflict', 'home_in_use', text, {
    where: home.root,
    remedy: 'use that one; or stop it with systemprompt infra services stop; or start another with its own --home',
    cause: error,
  });
}
