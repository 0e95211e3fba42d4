import { equalInConstantTime, KEY_BYTES } from '#foundation/crypto';
import { messageOf, OperatingError } from '#foundation/errors';
import type { MasterKeyProvider, RunCommand } from './master-key.ts';

const OUTPUT_BYTES_MAX = 1_024;

/**
 * The master key from a program's standard output (a password manager, a KMS client): 64 hexadecimal digits, or 32
 * bytes in base64. The program keeps the key; to rotate, give the store a command that prints the new one.
 */
export function createCommandMasterKey(deps: {
  readonly command: string;
  readonly args: readonly string[];
  readonly runCommand: RunCommand;
  readonly timeoutMs: number;
}): MasterKeyProvider {
  const { command, args, runCommand, timeoutMs } = deps;

  async function ask(): Promise<Buffer> {
    const { exitCode, stdout } = await runCommand(command, args, {
      timeoutMs,
      outputBytesMax: OUTPUT_BYTES_MAX,
    }).catch((error: unknown) => {
      throw failure(`could not be run: ${messageOf(error)}`);
    });
    if (exitCode !== 0) throw failure(`ended with exit code ${exitCode}`);
    const key = parseKey(stdout.toString('latin1').trim());
    stdout.fill(0);
    if (key === undefined) throw failure('printed something else than a key');
    return key;
  }

  function failure(problem: string): OperatingError {
    return new OperatingError('unavailable', 'master_key_command_failed', `the master key command ${problem}`, {
      where: command,
      remedy: `run ${command} yourself; it must print 64 hexadecimal digits or 32 bytes in base64 within ${timeoutMs} ms`,
    });
  }

  return {
    kind: 'command',
    create: async () => ({ key: await ask(), description: { provider: 'command' } }),
    candidates: async () => [await ask()],
    settle() {},
    retire() {},
  };
}

function parseKey(text: string): Buffer | undefined {
  const encoding = /^[0-9a-fA-F]{64}$/.test(text) ? 'hex' : 'base64';
  const key = Buffer.from(text, encoding);
  if (key.length !== KEY_BYTES) return undefined;
  // A key of zeros is what an unset variable or a broken pipe looks like after decoding.
  return equalInConstantTime(key, Buffer.alloc(KEY_BYTES)) ? undefined : key;
}
