import type { IncomingMessage } from 'node:http';
import { OperatingError } from '#foundation/errors';

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Defence against DNS rebinding: a page on another site can make a browser send requests to a loopback listener, but
 * not with a host or an origin of ours.
 */
export type HostPolicy = {
  /** The hosts, without port, under which this server is reached; loopback names when it binds to loopback. */
  readonly hosts: ReadonlySet<string>;
  /** Origins of browsers that may call, besides pages of our own hosts. */
  readonly origins: ReadonlySet<string>;
};

export function hostPolicy(bindHost: string, publicUrl: string | null, origins: readonly string[]): HostPolicy {
  const hosts = new Set<string>(LOOPBACK_NAMES);
  if (publicUrl !== null) hosts.add(new URL(publicUrl).hostname.toLowerCase());
  if (bindHost !== '0.0.0.0' && bindHost !== '::') hosts.add(bindHost.toLowerCase());
  return { hosts, origins: new Set(origins) };
}

/** Undefined when the request may pass, otherwise what refuses it. */
export function refuseForeignHost(request: IncomingMessage, policy: HostPolicy): OperatingError | undefined {
  const host = request.headers.host;
  if (host === undefined || !namesOneHost(request.rawHeaders)) {
    return new OperatingError('invalid_input', 'host_required', 'exactly one Host header is required');
  }
  if (!policy.hosts.has(withoutPort(host))) {
    return foreign(`the host ${JSON.stringify(host.slice(0, 100))} is not served here`);
  }
  const origin = request.headers.origin;
  if (origin === undefined || policy.origins.has(origin)) return undefined;
  const originHost = /^https?:\/\/([^/]+)$/i.exec(origin)?.[1];
  if (originHost !== undefined && policy.hosts.has(withoutPort(originHost))) return undefined;
  return foreign('requests from this origin are not accepted');
}

function foreign(message: string): OperatingError {
  return new OperatingError('forbidden', 'foreign_host', message);
}

/** `rawHeaders` holds names and values in turn. */
function namesOneHost(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.length === 4 && rawHeaders[index]?.toLowerCase() === 'host') hosts++;
  }
  return hosts === 1;
}

function withoutPort(host: string): string {
  return host.toLowerCase().replace(/:\d{1,5}$/, '');
}
