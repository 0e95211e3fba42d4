import { z } from 'zod';
import { providerSchema } from './config.ts';
import { pricingSchema } from './pricing-config.ts';

/** A request as it is about to leave, its credential included. */
export type OutgoingRequest = {
  readonly method: string;
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
};

/** What the request is, for whoever changes its form. */
export type RequestPurpose = {
  /** As it is asked for upstream. */
  readonly model: string;
  readonly operation: 'generate' | 'count_tokens' | 'embed';
  readonly isStreaming: boolean;
};

/**
 * The last word on a request before it leaves: other paths, other headers, a signature. It is called once for each
 * attempt, after the decision is durable. What it throws fails the attempt.
 */
export type PrepareRequest = (
  request: OutgoingRequest,
  purpose: RequestPurpose,
) => OutgoingRequest | Promise<OutgoingRequest>;

/** A provider that code brings: what an entry of the profile's `providers` says, and what only code can. */
export const registeredProviderSchema = providerSchema.extend({
  pricing: pricingSchema.optional().describe('One price for all models that have none of their own.'),
  prepare: z.custom<PrepareRequest>((value) => typeof value === 'function', 'is not a function').optional(),
});

export type RegisteredProvider = z.infer<typeof registeredProviderSchema>;
