import type { ClaimId } from '../claims.ts';

/** Cites the claims that a test file proves; an unknown id does not compile. Read by tests/claims.test.ts. */
export function proves(..._claims: readonly ClaimId[]): void {}
