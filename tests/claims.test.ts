import { describe, expect, it } from 'vitest';
import { CLAIMS, type Claim } from './claims.ts';
import { sourceFiles } from './support/source-files.ts';

const claims: readonly [string, Claim][] = Object.entries(CLAIMS);
const cited = new Set(
  [...sourceFiles('src'), ...sourceFiles('tests')]
    .filter((file) => file.path.endsWith('.test.ts'))
    .flatMap((file) => [...file.code.matchAll(/\bproves\(([^)]*)\)/g)])
    .flatMap((match) => [...(match[1] ?? '').matchAll(/'([^']+)'/g)].map((id) => id[1] ?? '')),
);

describe('every claim', () => {
  it('has a test, or stands as pending with a reason', () => {
    expect(claims.filter(([id, claim]) => claim.pending === undefined && !cited.has(id)).map(([id]) => id)).toEqual([]);
  });

  it('is no longer pending once a test proves it', () => {
    expect(claims.filter(([id, claim]) => claim.pending !== undefined && cited.has(id)).map(([id]) => id)).toEqual([]);
  });

  it('is known when a test cites it', () => {
    const known = new Set(claims.map(([id]) => id));
    expect([...cited].filter((id) => !known.has(id))).toEqual([]);
  });

  it('that is still pending is counted where a reader sees it', () => {
    const pending = claims.filter(([, claim]) => claim.pending !== undefined);
    console.info(`claims: ${claims.length - pending.length} proven, ${pending.length} pending`);
    expect(pending.every(([, claim]) => (claim.pending ?? '').length > 0)).toBe(true);
  });
});
