/** What one scan costs: medians of the secret scanner over realistic and hostile arguments. */
import { systemClock } from '#foundation/time';
import { secretScanConfigSchema } from '#governance/secret-scan/config';
import { createSecretScanner, type SecretScanner } from '#governance/secret-scan/secret-scanner';
import { type SecretSource, SecretValue } from '#governance/secrets/secret-value';
import { hostileTexts } from '../tests/fixtures/secret-scan/hostile-texts.ts';

export type SecretScanRow = {
  readonly name: string;
  readonly characters: number;
  readonly medianMicros: number;
  readonly targetMicros: number;
};

const STORED_SECRETS = 50;

export async function run(): Promise<readonly SecretScanRow[]> {
  const scanner = createSecretScanner({
    knownValues: storedSecrets(),
    fingerprintKey: Buffer.alloc(32, 7),
    config: secretScanConfigSchema.parse({}),
    clock: systemClock,
  });
  const rows = [
    measure(scanner, 'tool arguments, 257 B', toolArguments(257), 20, 20_000),
    measure(scanner, 'tool arguments, 1 KB', toolArguments(1_024), 100, 10_000),
    measure(scanner, 'tool arguments, 8 KB', toolArguments(8_192), 400, 2_000),
    measure(scanner, 'tool arguments, 100 KB', toolArguments(102_400), 10_000, 100),
  ];
  for (const { name, text } of hostileTexts(102_400)) {
    rows.push(measure(scanner, `hostile 100 KB: ${name}`, { content: text }, 100_000, 5));
  }
  return rows;
}

function measure(
  scanner: SecretScanner,
  name: string,
  value: { readonly [key: string]: string },
  targetMicros: number,
  rounds: number,
): SecretScanRow {
  const durations: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startedMs = systemClock.monotonicMs();
    scanner.scanValue(value, ['tool_input']);
    durations.push((systemClock.monotonicMs() - startedMs) * 1_000);
  }
  durations.sort((left, right) => left - right);
  const medianMicros = durations[Math.floor(durations.length / 2)] ?? 0;
  return {
    name,
    characters: JSON.stringify(value).length,
    medianMicros: Math.round(medianMicros * 10) / 10,
    targetMicros,
  };
}

const SOURCE = `import { readFile } from 'node:fs/promises';
// Reads the configuration and merges the defaults; a missing file is no error.
export async function loadSettings(path: string, defaults: Settings): Promise<Settings> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  const parsed = parseSettings(text);
  if (parsed.token_limit > 4_096) throw new RangeError("token_limit is at most 4096");
  return { ...defaults, ...parsed, updatedAt: '2026-11-23T10:15:00Z', id: '8c2f3a1e-5b7d-4c9a-9f10-2d3e4f5a6b7c' };
}
`;

function toolArguments(characters: number): { readonly [key: string]: string } {
  const file_path = '/home/dev/project/src/settings/load-settings.ts';
  const content = SOURCE.repeat(Math.ceil(characters / SOURCE.length) + 1);
  const arguments_ = { file_path, content: content.slice(0, Math.max(0, characters - file_path.length - 32)) };
  // As a request's body is: parsed from bytes, which makes flat strings.
  return JSON.parse(Buffer.from(JSON.stringify(arguments_)).toString('utf8'));
}

function storedSecrets(): SecretSource {
  const stored = Array.from({ length: STORED_SECRETS }, (_, index) => ({
    name: `secret_${index}`,
    value: new SecretValue(`stored-${index}-${Buffer.from(`value ${index * 7_919}`).toString('hex')}`),
  }));
  return { find: () => undefined, all: () => stored, onChange: () => {} };
}

if (import.meta.main) {
  for (const { name, characters, medianMicros, targetMicros } of await run()) {
    const verdict = medianMicros <= targetMicros ? 'ok' : 'MISSED';
    console.log(
      `${name.padEnd(52)} ${String(characters).padStart(7)} characters ${String(medianMicros).padStart(9)} µs  (target ${targetMicros} µs: ${verdict})`,
    );
  }
}
