import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { numberMember, parseTrustedJson, stringMember } from '#foundation/json';

/** How the running server of a home is reached. Readable by its owner alone, because the address holds a password. */
export type RuntimeRecord = {
  readonly pid: number;
  readonly port: number;
  readonly baseUrl: string;
  readonly profile: string;
  readonly startedAtMs: number;
  readonly databaseUrl: string;
};

const FILE_MODE = 0o600;

export function writeRuntimeFile(path: string, record: RuntimeRecord): void {
  const temporary = `${path}.${record.pid}`;
  writeFileSync(temporary, `${JSON.stringify(record)}\n`, { mode: FILE_MODE });
  renameSync(temporary, path);
}

export function removeRuntimeFile(path: string): void {
  rmSync(path, { force: true });
}

/** Undefined when there is none, when it cannot be read whole, or when the process it names is gone. */
export function readRuntimeFile(path: string, isAlive: (pid: number) => boolean): RuntimeRecord | undefined {
  let value: unknown;
  try {
    value = parseTrustedJson(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
  const pid = numberMember(value, 'pid');
  const port = numberMember(value, 'port');
  const baseUrl = stringMember(value, 'baseUrl');
  const databaseUrl = stringMember(value, 'databaseUrl');
  const startedAtMs = numberMember(value, 'startedAtMs');
  const profile = stringMember(value, 'profile');
  if (pid === undefined || port === undefined || startedAtMs === undefined) return undefined;
  if (baseUrl === undefined || databaseUrl === undefined || profile === undefined || !isAlive(pid)) return undefined;
  return { pid, port, baseUrl, profile, startedAtMs, databaseUrl };
}

/** Signal 0 asks without sending; EPERM means that the process lives and belongs to somebody else. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
