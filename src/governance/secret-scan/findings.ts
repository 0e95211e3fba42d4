import { hmacSha256 } from '#foundation/crypto';
import { formatJsonPath } from '#foundation/json';
import { SCAN_BUDGET_RULE, type SecretMatch } from './secret-match.ts';
import type { Found } from './text-scan.ts';

/** Where a text stands; a step that is itself a secret is masked, and what is at or below it cannot be redacted. */
export type Place = { readonly path: readonly (string | number)[]; readonly redactable: boolean };

/** Collects the matches of one scan: values become fingerprints here, and what was said already is left out. */
export type Findings = {
  /** A secret that was split over several places is a match at each of them. */
  add(found: readonly Found[], places: readonly Place[]): void;
  readonly matches: readonly SecretMatch[];
};

export function createFindings(fingerprintKey: Buffer): Findings {
  const matches: SecretMatch[] = [];
  return {
    matches,
    add(found, places) {
      const structured = found.filter(({ tier }) => tier === 'deny');
      const said = new Set<string>();
      for (const one of found) {
        if (one.tier === 'review' && structured.some((other) => explains(other, one))) continue;
        const fingerprint = fingerprintOf(fingerprintKey, one.secret);
        const identity = `${one.rule}:${fingerprint}:${one.span === 'whole' ? '' : one.span.start}`;
        if (said.has(identity)) continue;
        said.add(identity);
        for (const place of places) matches.push(matchAt(one, fingerprint, place));
      }
    },
  };
}

function matchAt(found: Found, fingerprint: string, place: Place): SecretMatch {
  return {
    rule: found.rule,
    tier: found.tier,
    path: [...place.path],
    shownPath: formatJsonPath(place.path),
    span: place.redactable ? found.span : 'whole',
    redactable: place.redactable,
    fingerprint,
    ...(found.secretName === undefined ? {} : { secretName: found.secretName }),
  };
}

/** A structured finding explains the generic one about the same characters. */
function explains(structured: Found, generic: Found): boolean {
  return structured.secret.includes(generic.secret) || generic.secret.includes(structured.secret);
}

const FINGERPRINT_HEX_DIGITS = 16;

function fingerprintOf(key: Buffer, secret: string): string {
  return hmacSha256(key, secret).toString('hex').slice(0, FINGERPRINT_HEX_DIGITS);
}

/** What a scan says when it could not be finished. */
export function budgetMatch(path: readonly (string | number)[]): SecretMatch {
  return {
    rule: SCAN_BUDGET_RULE,
    tier: 'deny',
    path: [...path],
    shownPath: formatJsonPath(path),
    span: 'whole',
    redactable: false,
    fingerprint: '',
  };
}
