import type { UpstreamRequest } from '#foundation/http/upstream-request';
import { parseTrustedJson } from '#foundation/json';
import { findValueSpan } from '../json-edit.ts';
import { withMembers, withoutMember } from './json-members.ts';

/** How a cloud wants to be told what stands in headers and in the address of Anthropic's own API. */
export type ClaudeEnvelope = {
  /** `anthropic_version` of the body. */
  readonly version: string;
  /** Members of the body that stand in the address there. */
  readonly without: readonly string[];
  /** False for a beta for which the request would be refused there. */
  takesBeta(name: string): boolean;
};

/**
 * A request of the Messages API as a cloud takes it: the version and the betas in the body, the model out of it. Every
 * other byte of the body stays. A beta that is not known to be refused goes on, so that what is new today arrives.
 */
export function inClaudeEnvelope(request: UpstreamRequest, envelope: ClaudeEnvelope): UpstreamRequest {
  if (request.body === null) return request;
  const { 'anthropic-version': _version, 'anthropic-beta': header = '', ...headers } = request.headers;
  const asked = [...betasOf(request.body), ...header.split(',').map((name) => name.trim())];
  const betas = [...new Set(asked.map((name) => PARTS.get(name) ?? name))].filter(
    (name) => name !== '' && envelope.takesBeta(name),
  );
  const taken = [...envelope.without, 'anthropic_version', 'anthropic_beta'];
  const bare = taken.reduce<Buffer>((body, name) => withoutMember(body, name), request.body);
  const told = { anthropic_version: envelope.version, ...(betas.length === 0 ? {} : { anthropic_beta: betas }) };
  return { ...request, headers, body: withMembers(bare, told) };
}

/** Clouds have a part of this one, under the name of that part. */
const PARTS: ReadonlyMap<string, string> = new Map([['advanced-tool-use-2025-11-20', 'tool-search-tool-2025-10-19']]);

/** Those that a client of the cloud's own form names in the body. */
function betasOf(body: Buffer): readonly string[] {
  const span = findValueSpan(body, ['anthropic_beta']);
  if (span === undefined) return [];
  const named = parseTrustedJson(body.toString('utf8', span.start, span.end));
  return Array.isArray(named) ? named.filter((name) => typeof name === 'string') : [];
}
