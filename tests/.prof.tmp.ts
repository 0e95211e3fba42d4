import { SECRET_RULES } from '#governance/secret-scan/rule-catalogue';
import { createRuleMatcher } from '#governance/secret-scan/rule-matcher';
import { createKnownValues } from '#governance/secret-scan/known-values';
import { createKeywordAutomaton } from '#governance/secret-scan/keyword-automaton';
import { createTextPasser } from "#governance/secret-scan/text-pass";
import { SecretValue } from '#governance/secrets/secret-value';
const SOURCE = `import { readFile } from 'node:fs/promises';
// Reads the configuration and merges the defaults; a missing file is no error.
export async function loadSettings(path: string, defaults: Settings): Promise<Settings> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  const parsed = parseSettings(text);
  if (parsed.token_limit > 4_096) throw new RangeError("token_limit is at most 4096");
  return { ...defaults, ...parsed, updatedAt: '2026-11-23T10:15:00Z', id: '8c2f3a1e-5b7d-4c9a-9f10-2d3e4f5a6b7c' };
}
`;
const text = Buffer.from(SOURCE.slice(0,200)).toString("latin1");
const matcher = createRuleMatcher(SECRET_RULES);
const keywords = [...new Set(SECRET_RULES.flatMap((r) => r.keywords))];
const automaton = createKeywordAutomaton(keywords);
console.log('states', automaton.transitions.length, automaton.symbols.length);
const stored = Array.from({ length: 50 }, (_, index) => ({ name: `s${index}`, value: new SecretValue(`stored-${index}-${Buffer.from(`value ${index * 7_919}`).toString('hex')}`) }));
const known = createKnownValues({ find: () => undefined, all: () => stored, onChange: () => {} });
const passer = createTextPasser(automaton, new Uint8Array(automaton.transitions.length));
const bench = (name: string, f: () => void) => {
  for (let i = 0; i < 20000; i++) f();
  const best: number[] = [];
  for (let k = 0; k < 15; k++) { const t = process.cpuUsage(); for (let i = 0; i < 20000; i++) f(); const u = process.cpuUsage(t); best.push((u.user + u.system) / 20000); }
  best.sort((a, b) => a - b);
  console.log(name, best[0], 'µs min', best[7], 'median');
};
let hits: string[] = [];

console.log(hits.join(' '));
bench('pass 200', () => passer(text, () => {}));
bench('matcher 200', () => matcher.run(text, 'all', () => {}));
bench('known 200', () => known.find(text));
bench('charCodeAt 200', () => { let x = 0; for (let i = 0; i < text.length; i++) x += text.charCodeAt(i); return x; });
