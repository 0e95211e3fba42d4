import { type Logger as PinoLogger, pino } from 'pino';

/** Diagnostics: they may be lost. What must not be lost is an audit record. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'> & {
  child(bindings: Record<string, unknown>): Logger;
};

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'credential',
  'api_key',
  'apiKey',
  'x-api-key',
];

/** JSON lines to the given file, or to standard error; fields that usually hold credentials are replaced. */
export function createLogger(options: { level: LogLevel; file?: string }): Logger {
  const paths = SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`, `*.*["${field}"]`]);
  const destination = pino.destination(
    options.file === undefined ? 2 : { dest: options.file, mkdir: true, mode: 0o600 },
  );
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths, censor: '[redacted]' },
    },
    destination,
  );
}

export const silentLogger: Logger = pino({ level: 'silent' });
