import { messageOf, OperatingError } from '#foundation/errors';
import type { Paint } from './terminal.ts';

/** What, where, why and the next command, one line each; the stack only when it is asked for. */
export function renderError(thrown: unknown, paint: Paint, isVerbose: boolean): string {
  const lines = [`${paint('red', 'error:')} ${messageOf(thrown)}`];
  if (thrown instanceof OperatingError) {
    if (thrown.where !== undefined) lines.push(row(paint, 'where', thrown.where));
    const why = reasonOf(thrown);
    if (why !== undefined) lines.push(row(paint, 'why', why));
    if (thrown.remedy !== undefined) lines.push(row(paint, 'next', thrown.remedy));
    if (isVerbose) lines.push(row(paint, 'code', thrown.code));
  } else if (!isVerbose) {
    lines.push(row(paint, 'next', 'this is a fault of systemprompt; --verbose shows where it happened'));
  }
  if (isVerbose && thrown instanceof Error && thrown.stack !== undefined) lines.push(paint('dim', thrown.stack));
  return lines.join('\n');
}

/** What a program reads under `--json`: the same, on standard error as well. */
export function errorAsJson(thrown: unknown): string {
  const known = thrown instanceof OperatingError ? thrown : undefined;
  return JSON.stringify({
    error: {
      kind: known?.kind ?? 'internal',
      code: known?.code ?? 'internal_error',
      message: messageOf(thrown),
      where: known?.where,
      remedy: known?.remedy,
    },
  });
}

/** The message of the cause, where it says more than the error itself. */
function reasonOf(error: OperatingError): string | undefined {
  if (error.cause === undefined) return undefined;
  const reason = messageOf(error.cause).trim();
  return reason === '' || error.message.includes(reason) ? undefined : reason.split('\n')[0];
}

function row(paint: Paint, label: string, text: string): string {
  return `  ${paint('dim', `${label}:`.padEnd(6))} ${text}`;
}
