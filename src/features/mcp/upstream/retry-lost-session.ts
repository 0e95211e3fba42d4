import { OperatingError } from '#foundation/errors';
import { SESSION_LOST } from './http-session.ts';

/** Runs `action` again, once, when the upstream had forgotten our session and so did not look at the request. */
export async function retryLostSession<Result>(action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof OperatingError && error.code === SESSION_LOST) return action();
    throw error;
  }
}
