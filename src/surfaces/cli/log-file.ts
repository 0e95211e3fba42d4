import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { isJsonObject, type JsonObject, parseTrustedJson, stringMember } from '#foundation/json';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'] as const;

export type LogEntry = {
  readonly atMs: number;
  readonly level: (typeof LOG_LEVELS)[number];
  readonly message: string;
  readonly fields: JsonObject;
};

/** The entries of a diagnostic log, oldest first; none when there is no file. A line torn by a crash is left out. */
export async function* readLogEntries(path: string): AsyncGenerator<LogEntry> {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (!exists) return;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    const entry = parseEntry(line);
    if (entry !== undefined) yield entry;
  }
}

// Pino's own numbers; https://github.com/pinojs/pino/blob/main/docs/api.md#loggerlevels-object
const NAME_BY_NUMBER: Readonly<Record<number, LogEntry['level']>> = {
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

function parseEntry(line: string): LogEntry | undefined {
  let value: unknown;
  try {
    value = parseTrustedJson(line);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { level, time, msg: _, ...fields } = value;
  const name = typeof level === 'number' ? NAME_BY_NUMBER[level] : undefined;
  const atMs = typeof time === 'string' ? Date.parse(time) : Number(time);
  if (name === undefined || !Number.isFinite(atMs)) return undefined;
  return { atMs, level: name, message: stringMember(value, 'msg') ?? '', fields };
}
