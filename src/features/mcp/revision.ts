import { isJsonObject, type JsonObject } from '#foundation/json';
import type { Answer } from './json-rpc.ts';
import { ERROR_CODES, errorAnswer } from './json-rpc.ts';

/** The revisions of MCP that a client may speak here, newest first. */
export const REVISIONS = ['2025-11-25', '2025-06-18', '2025-03-26'] as const;

export type Revision = (typeof REVISIONS)[number];

/** Upstreams may be older: over stdio nothing else changed that matters here. */
export const UPSTREAM_REVISIONS: readonly string[] = [...REVISIONS, '2024-11-05'];

export const NEWEST_REVISION: Revision = REVISIONS[0];

/** What a client that sends no `MCP-Protocol-Version` header is taken to speak. */
export const HEADERLESS_REVISION: Revision = '2025-03-26';

export function isRevision(text: unknown): text is Revision {
  return REVISIONS.some((revision) => revision === text);
}

/** The requested revision where it is spoken here, else the newest; the client decides whether it can go on. */
export function negotiateRevision(requested: unknown): Revision {
  return isRevision(requested) ? requested : NEWEST_REVISION;
}

/** Batches came with 2025-03-26 and went with 2025-06-18. */
export function hasBatches(revision: Revision): boolean {
  return revision === '2025-03-26';
}

const ENVELOPE_VERSION = 'io.modelcontextprotocol/protocolVersion';

/**
 * The revision that a request asks for and that is not spoken here, or undefined. Requests of the sessionless era
 * (2026-07-28) name theirs in the header and in `_meta`, and open with `server/discover`.
 */
export function unsupportedRevision(
  header: string | string[] | undefined,
  method: string | undefined,
  params: JsonObject | undefined,
): string | undefined {
  if (header !== undefined && !isRevision(header)) return String(header);
  const meta = params?._meta;
  const named = isJsonObject(meta) ? meta[ENVELOPE_VERSION] : undefined;
  if (named !== undefined && !isRevision(named)) return String(named);
  return method === 'server/discover' ? 'unknown' : undefined;
}

/** SEP-2575: the list of what is spoken lets a client of both eras fall back to `initialize`. */
export function unsupportedRevisionAnswer(requested: string): Answer {
  return errorAnswer(ERROR_CODES.unsupportedProtocolVersion, 'Unsupported protocol version', {
    supported: [...REVISIONS],
    requested: requested.slice(0, 40),
  });
}
