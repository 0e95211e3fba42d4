import { OperatingError } from '#foundation/errors';
import type { Connection } from './connection.ts';
import { SESSION_LOST } from './http-session.ts';

/** Runs `action` again, once, when the upstream had forgotten our session and so did not look at the request. */
export async function retryLostSession<Result>(action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    if (isLost(error)) return action();
    throw error;
  }
}

/** Fails with a lost session only when its connection is out of use, so that the next try opens another. */
export async function untilOutOfUse<Result>(connection: Connection, request: Promise<Result>): Promise<Result> {
  try {
    return await request;
  } catch (error) {
    if (isLost(error)) await connection.closed;
    throw error;
  }
}

function isLost(error: unknown): boolean {
  return error instanceof OperatingError && error.code === SESSION_LOST;
}
