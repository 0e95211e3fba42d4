import { secretScanConfigSchema } from '#governance/secret-scan/config';
import { createSecretScanner } from '#governance/secret-scan/secret-scanner';
import { systemClock } from '#foundation/time';
import { SecretValue } from '#governance/secrets/secret-value';
const stored = Array.from({ length: 50 }, (_, index) => ({ name: `s${index}`, value: new SecretValue(`stored-${index}-${Buffer.from(`value ${index * 7_919}`).toString('hex')}`) }));
const scanner = createSecretScanner({ knownValues: { find: () => undefined, all: () => stored, onChange: () => {} }, fingerprintKey: Buffer.alloc(32), config: secretScanConfigSchema.parse({}), clock: systemClock });
const small = JSON.parse(Buffer.from(JSON.stringify({ file_path: '/home/dev/project/src/settings/load-settings.ts', content: "import { readFile } from 'node:fs/promises';\n// Reads the configuration and merges the defaults; a missing file is no error.\nexport async function loadSettings(path: string, d" })).toString());
const bench = (name: string, n: number, f: () => void) => {
  for (let i = 0; i < n; i++) f();
  const best: number[] = [];
  for (let k = 0; k < 15; k++) { const t = process.cpuUsage(); for (let i = 0; i < n; i++) f(); const u = process.cpuUsage(t); best.push((u.user + u.system) / n); }
  best.sort((a, b) => a - b);
  console.log(name, best[0].toFixed(2), 'µs min', best[7].toFixed(2), 'median');
};
bench('scanValue 257', 20000, () => scanner.scanValue(small, ['tool_input']));
