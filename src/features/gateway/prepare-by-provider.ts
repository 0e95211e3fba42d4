import { z } from 'zod';
import { OperatingError } from '#foundation/errors';
import type { UpstreamRequest } from '#foundation/http/upstream-request';
import type { Clock } from '#foundation/time';
import { RESERVED_HEADERS } from './config.ts';
import type { ModelRequest } from './model-request.ts';
import type { OutgoingRequest, PrepareRequest } from './registered-provider.ts';
import type { Candidate } from './route-plan.ts';

const outgoingSchema = z.strictObject({
  method: z.string().regex(/^[A-Z]{1,16}$/, 'is not a method'),
  origin: z.string().refine(isOrigin, 'is not the origin of an http(s) URL'),
  path: z
    .string()
    .regex(/^\/[\x21-\x7e]*$/, 'does not begin with a slash, or holds characters that a path cannot carry'),
  headers: z.record(
    z.string().regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, 'is not the name of a header in lower case'),
    z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'holds characters that a header cannot carry'),
  ),
  body: z.instanceof(Buffer).nullable(),
});

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
}

/**
 * The request as the provider's own code wants it. Throws `unavailable` when that code fails, takes longer than the
 * upstream may, or makes no request of it; the message never quotes it, because the request holds a credential.
 */
export async function preparedByProvider(
  upstream: UpstreamRequest,
  candidate: Candidate,
  request: ModelRequest,
  clock: Clock,
): Promise<UpstreamRequest> {
  const { prepare, name } = candidate.route.provider;
  if (prepare === undefined) return upstream;
  const { timeouts, ...outgoing } = upstream;
  const purpose = {
    model: candidate.upstreamModel,
    operation: request.door.operation,
    isStreaming: request.outline.isStreaming,
  };
  const made = await bounded(() => prepare(outgoing, purpose), timeouts.firstByteMs, name, clock);
  const parsed = outgoingSchema.safeParse(made);
  if (parsed.success) {
    const framing = [...RESERVED_HEADERS].filter((header) => parsed.data.headers[header] !== outgoing.headers[header]);
    if (framing.length === 0) return { ...parsed.data, timeouts };
    throw failure(name, `may not change the header ${framing.join(', ')}`);
  }
  const problems = parsed.error.issues.map((issue) => `${String(issue.path[0] ?? 'request')}: ${issue.message}`);
  throw failure(name, `made a request that cannot be sent (${[...new Set(problems)].join('; ')})`);
}

async function bounded(
  prepare: () => ReturnType<PrepareRequest>,
  millisecondsMax: number,
  provider: string,
  clock: Clock,
): Promise<OutgoingRequest> {
  const overdue = Promise.withResolvers<never>();
  const cancel = clock.after(millisecondsMax, () =>
    overdue.reject(failure(provider, `took longer than ${millisecondsMax} ms`)),
  );
  try {
    return await Promise.race([prepare(), overdue.promise]);
  } catch (error) {
    if (error instanceof OperatingError) throw error;
    throw failure(provider, `failed with ${error instanceof Error ? error.name : 'a thrown value'}`);
  } finally {
    cancel();
  }
}

function failure(provider: string, what: string): OperatingError {
  return new OperatingError('unavailable', 'extension_failed', `prepare of the provider ${provider} ${what}`, {
    where: `provider ${provider}`,
    remedy: 'the operator mends the extension that registers this provider, or takes it out of the profile',
  });
}
