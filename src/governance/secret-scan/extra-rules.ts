import type { SecretScanConfig } from './config.ts';
import type { SecretRule } from './rule.ts';

/** The operator's own prefixes as rules: whatever begins with one is a secret, to the end of its word. */
export function extraRules(patterns: SecretScanConfig['extra_patterns']): readonly SecretRule[] {
  return patterns.map(({ name, prefix }) => ({
    id: name,
    vendor: 'configured',
    keywords: [prefix.toLowerCase()],
    pattern: new RegExp(`${prefix.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')}[A-Za-z0-9_.+/=~-]{0,512}`),
    entropyFloor: 0,
    tier: 'deny',
    positives: [],
    negatives: [],
  }));
}
