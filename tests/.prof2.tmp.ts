import { secretScanConfigSchema } from '#governance/secret-scan/config';
import { createSecretScanner } from '#governance/secret-scan/secret-scanner';
import { SECRET_RULES } from '#governance/secret-scan/rule-catalogue';
import { createRuleMatcher } from '#governance/secret-scan/rule-matcher';
import { systemClock } from '#foundation/time';
import { SecretValue } from '#governance/secrets/secret-value';
import { decodeRuns } from '#governance/secret-scan/decode-runs';
const SOURCE = `import { readFile } from 'node:fs/promises';
// Reads the configuration and merges the defaults; a missing file is no error.
export async function loadSettings(path: string, defaults: Settings): Promise<Settings> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  const parsed = parseSettings(text);
  if (parsed.token_limit > 4_096) throw new RangeError("token_limit is at most 4096");
  return { ...defaults, ...parsed, updatedAt: '2026-11-23T10:15:00Z', id: '8c2f3a1e-5b7d-4c9a-9f10-2d3e4f5a6b7c' };
}
`;
const text = Buffer.from(SOURCE.repeat(16).slice(0, 8000)).toString('latin1');
const stored = Array.from({ length: 50 }, (_, index) => ({ name: `s${index}`, value: new SecretValue(`stored-${index}-${Buffer.from(`value ${index * 7_919}`).toString('hex')}`) }));
const scanner = createSecretScanner({ knownValues: { find: () => undefined, all: () => stored, onChange: () => {} }, fingerprintKey: Buffer.alloc(32), config: secretScanConfigSchema.parse({}), clock: systemClock });
const matcher = createRuleMatcher(SECRET_RULES);
const bench = (name: string, n: number, f: () => void) => {
  for (let i = 0; i < n; i++) f();
  const best: number[] = [];
  for (let k = 0; k < 15; k++) { const t = process.cpuUsage(); for (let i = 0; i < n; i++) f(); const u = process.cpuUsage(t); best.push((u.user + u.system) / n); }
  best.sort((a, b) => a - b);
  console.log(name, best[0].toFixed(2), 'µs min', best[7].toFixed(2), 'median');
};
const small = JSON.parse(Buffer.from(JSON.stringify({ file_path: '/home/dev/project/src/settings/load-settings.ts', content: SOURCE.slice(0, 180) })).toString());
bench('matcher 8000', 500, () => matcher.run(text, 'all', () => {}));
const pass = matcher.run(text, 'all', () => {});
console.log({ ...pass, runs: pass.runs.length });
bench('decodeRuns', 500, () => decodeRuns(text, pass.runs, () => {}));
bench('scanText 8000', 500, () => scanner.scanText(text));
bench('scanValue 257', 10000, () => scanner.scanValue(small, ['tool_input']));
bench('scanText 200', 10000, () => scanner.scanText(small.content, ['tool_input']));
const cmd = JSON.parse(JSON.stringify({command:"ls -la src && cat package.json | head -20"}));
bench('scanValue command', 10000, () => scanner.scanValue(cmd, ['tool_input']));
bench('one member', 10000, () => scanner.scanValue({content: small.content}, ['tool_input']));
bench('path only', 10000, () => scanner.scanText(small.file_path, ['tool_input']));
bench('path only matcher', 10000, () => matcher.run(small.file_path, 'all', () => {}));
bench('empty', 10000, () => scanner.scanText('', ['tool_input']));
bench('two members', 10000, () => scanner.scanValue({content: small.content, x: 'abc'}, ['tool_input']));
const p2 = matcher.run(small.file_path, 'all', () => {}); console.log(p2);
