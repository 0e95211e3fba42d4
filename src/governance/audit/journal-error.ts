import { OperatingError } from '#foundation/errors';

/** Nothing durable can be written: the caller denies, because no effect may start without its record. */
export function unwritable(code: string, message: string, remedy: string, cause?: unknown): OperatingError {
  return new OperatingError('unavailable', code, message, { where: 'audit journal', remedy, cause });
}

/** What was durable is damaged. Starting would bless it, so the journal refuses until a person has looked. */
export function corruptJournal(where: string, message: string): OperatingError {
  return new OperatingError('internal', 'journal_corrupt', `the audit journal is damaged: ${message}`, {
    where,
    remedy:
      'see what is lost with `systemprompt infra audit verify`; then restore the journal directory from a backup, or ' +
      'move it aside to begin a new log',
  });
}
